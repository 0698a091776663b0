/* test_xml.c - configurations as libvirt's XML, and both forms written: nothing is lost without a word */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "dom0-tools/config/write.h"
#include "dom0-tools/config/xml.h"
#include "unit.h"

static struct domain_config config;
static struct cfg_error error;
static char notes[4096];

static int read_text(const char *text)
{
	FILE *out = fmemopen(notes, sizeof(notes), "w");
	int err;

	memset(&error, 0, sizeof(error));
	memset(notes, 0, sizeof(notes));
	error.file = "dom.xml";
	err = config_from_either(text, strlen(text), &config, &error, out);
	fclose(out);
	return err;
}

/* Refused, with a message that holds both. */
static bool refused(const char *text, const char *where, const char *why)
{
	bool good;

	if (!read_text(text)) {
		config_free(&config);
		return false;
	}
	good = strstr(error.text, where) && strstr(error.text, why);
	if (!good)
		fprintf(stderr, "unexpected message: %s\n", error.text);
	return good;
}

static char *as_text(const struct domain_config *c)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	config_write_text(out, c);
	fclose(out);
	return text;
}

/* What the writer could not say is in `notes`. */
static char *as_xml(const struct domain_config *c)
{
	FILE *said = fmemopen(notes, sizeof(notes), "w");
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	memset(notes, 0, sizeof(notes));
	config_write_xml(out, c, said);
	fclose(said);
	fclose(out);
	return text;
}

#define HEAD                                                                                                           \
	"<domain type='xen'>\n  <name>web</name>\n  <memory unit='KiB'>524288</memory>\n"                              \
	"  <vcpu>1</vcpu>\n"
#define OS  "  <os><type arch='x86_64' machine='xenpv'>linux</type><kernel>/boot/vmlinuz</kernel></os>\n"
#define END "</domain>\n"

/* In the shape that `virsh domxml-from-native xen-xl` prints. */
static const char converted[] =
	"<domain type='xen'>\n"
	"  <name>debian</name>\n"
	"  <uuid>6ba7b810-9dad-11d1-80b4-00c04fd430c8</uuid>\n"
	"  <memory unit='KiB'>1048576</memory>\n"
	"  <currentMemory unit='KiB'>524288</currentMemory>\n"
	"  <vcpu placement='static' cpuset='0-3,^1' current='2'>4</vcpu>\n"
	"  <os>\n"
	"    <type arch='x86_64' machine='xenpv'>linux</type>\n"
	"    <kernel>/boot/vmlinuz-6.1.0-13-cloud-amd64</kernel>\n"
	"    <initrd>/boot/initrd.img-6.1.0-13-cloud-amd64</initrd>\n"
	"    <cmdline>root=/dev/xvda1 ro console=hvc0 a=&quot;b &amp; c&quot;</cmdline>\n"
	"  </os>\n"
	"  <clock offset='utc' adjustment='reset'/>\n"
	"  <on_poweroff>destroy</on_poweroff>\n"
	"  <on_reboot>restart</on_reboot>\n"
	"  <on_crash>preserve</on_crash>\n"
	"  <devices>\n"
	"    <disk type='block' device='disk'>\n"
	"      <driver name='phy' type='raw'/>\n"
	"      <source dev='/dev/vg0/debian'/>\n"
	"      <target dev='xvda' bus='xen'/>\n"
	"    </disk>\n"
	"    <disk type='file' device='disk'>\n"
	"      <driver name='qemu' type='raw' cache='none'/>\n"
	"      <source file='/srv/with, comma.img'/>\n"
	"      <target dev='xvdb' bus='xen'/>\n"
	"      <readonly/>\n"
	"    </disk>\n"
	"    <disk type='file' device='cdrom'>\n"
	"      <target dev='xvdc' bus='xen'/>\n"
	"      <readonly/>\n"
	"    </disk>\n"
	"    <controller type='xenbus' index='0'/>\n"
	"    <interface type='bridge'>\n"
	"      <mac address='00:16:3e:12:34:56'/>\n"
	"      <source bridge='br7'/>\n"
	"      <script path='/etc/xen/scripts/vif-bridge'/>\n"
	"      <target dev='vif3.0'/>\n"
	"      <model type='netfront'/>\n"
	"    </interface>\n"
	"    <console type='pty'>\n"
	"      <target type='xen' port='0'/>\n"
	"    </console>\n"
	"    <input type='mouse' bus='xen'/>\n"
	"    <memballoon model='xen'/>\n"
	"  </devices>\n"
	"</domain>\n";

TEST(what_virsh_converts_is_accepted)
{
	CU_ASSERT_EQUAL_FATAL(read_text(converted), 0);
	CU_ASSERT_STRING_EQUAL(config.name, "debian");
	CU_ASSERT_TRUE(config.has_uuid);
	CU_ASSERT_EQUAL(config.uuid[0], 0x6b);
	CU_ASSERT_EQUAL(config.maxmem_mib, 1024);
	CU_ASSERT_EQUAL(config.memory_mib, 512);
	CU_ASSERT_EQUAL(config.vcpus, 2);
	CU_ASSERT_EQUAL(config.maxvcpus, 4);
	CU_ASSERT_EQUAL(config.cpus[3].bits[0], 0x0d);
	CU_ASSERT_STRING_EQUAL(config.ramdisk, "/boot/initrd.img-6.1.0-13-cloud-amd64");
	CU_ASSERT_STRING_EQUAL(config.cmdline, "root=/dev/xvda1 ro console=hvc0 a=\"b & c\"");
	CU_ASSERT_EQUAL(config.on_crash, ON_PRESERVE);
	CU_ASSERT_EQUAL_FATAL(config.nr_disks, 3);
	CU_ASSERT_STRING_EQUAL(config.disks[0].target, "/dev/vg0/debian");
	CU_ASSERT_STRING_EQUAL(config.disks[1].target, "/srv/with, comma.img");
	CU_ASSERT_TRUE(config.disks[1].readonly);
	CU_ASSERT_PTR_NULL(config.disks[2].target);
	CU_ASSERT_TRUE(config.disks[2].cdrom);
	CU_ASSERT_EQUAL_FATAL(config.nr_vifs, 1);
	CU_ASSERT_STRING_EQUAL(config.vifs[0].bridge, "br7");
	CU_ASSERT_STRING_EQUAL(config.vifs[0].vifname, "");
	CU_ASSERT_EQUAL(config.vifs[0].mac[5], 0x56);
	config_free(&config);
}

TEST(what_has_no_counterpart_is_said)
{
	CU_ASSERT_EQUAL_FATAL(read_text(converted), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "dom.xml:19: <driver>: name \"phy\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "<driver>: cache= has no counterpart"));
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "<controller>: it has no counterpart"));
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "<input>: it has no counterpart"));
	CU_ASSERT_PTR_NULL(strstr(notes, "<console>"));
	CU_ASSERT_PTR_NULL(strstr(notes, "<script>"));
	CU_ASSERT_PTR_NULL(strstr(notes, "<memballoon>"));
	config_free(&config);
}

/* A whole file of tests/unit/virsh, to free(). */
static char *sample(const char *name)
{
	char path[512], *text = calloc(1, 16384);
	FILE *f;

	snprintf(path, sizeof(path), "%.*svirsh/%s", (int)(strrchr(__FILE__, '/') + 1 - __FILE__), __FILE__, name);
	f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_TRUE_FATAL(fread(text, 1, 16383, f) > 0);
	fclose(f);
	return text;
}

/* What xl's form says, and what virsh made of it, are one configuration. */
static bool virsh_says_the_same(const char *native, const char *xml)
{
	char *from_native = sample(native), *from_xml = sample(xml), *a = NULL, *b = NULL;
	bool same = false;

	if (!read_text(from_native)) {
		for (size_t i = 0; i < config.nr_vifs; i++)
			config.vifs[i].rate = config.vifs[i].rate ? 10485760 : 0; /* libvirt counts 1 MB as 1024 KiB */
		a = as_text(&config);
		config_free(&config);
	} else {
		fprintf(stderr, "%s\n", error.text);
	}
	if (!read_text(from_xml)) {
		b = as_text(&config);
		config_free(&config);
	} else {
		fprintf(stderr, "%s\n", error.text);
	}
	same = a && b && !strcmp(a, b);
	if (a && b && !same)
		fprintf(stderr, "%s\n--- and by virsh:\n%s", a, b);
	free(from_native);
	free(from_xml);
	free(a);
	free(b);
	return same;
}

TEST(what_virsh_wrote_says_what_the_native_form_says)
{
	CU_ASSERT_TRUE(virsh_says_the_same("full.cfg", "full.xml"));
	CU_ASSERT_TRUE(virsh_says_the_same("pvh.cfg", "pvh.xml"));
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "<interface>: it has no bridge, and becomes a port of xenbr0"));
	CU_ASSERT_TRUE(virsh_says_the_same("least.cfg", "least.xml"));
}

TEST(what_virsh_wrote_of_an_hvm_domain)
{
	char *hvm = sample("hvm.xml");

	CU_ASSERT_EQUAL_FATAL(read_text(hvm), 0);
	CU_ASSERT_EQUAL(config.type, DOMAIN_HVM);
	CU_ASSERT_STRING_EQUAL(config.boot, "c");
	CU_ASSERT_STRING_EQUAL(config.bios, "/usr/share/seabios/bios-256k.bin");
	CU_ASSERT_STRING_EQUAL(config.disks[0].vdev, "hda");
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "<loader>: hvmloader is not there"));
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "<features>"));
	CU_ASSERT_PTR_NULL(strstr(notes, "<model>"));
	CU_ASSERT_PTR_NULL(strstr(notes, "<target>"));
	config_free(&config);
	free(hvm);
}

TEST(a_bootloader_is_refused)
{
	char *bootloader = sample("bootloader.xml");

	CU_ASSERT_TRUE(refused(bootloader, "<bootloader>", "kernel"));
	free(bootloader);
}

/* In the shape that `virsh dumpxml` prints of a domain that runs, with what libvirt keeps for itself. */
TEST(what_virsh_dumps_is_accepted)
{
	CU_ASSERT_EQUAL_FATAL(
		read_text(
			"<?xml version='1.0' encoding='UTF-8'?>\n"
			"<domain type='xen' id='7'>\n  <name>db</name>\n  <memory unit='GiB'>2</memory>\n"
			"  <vcpu placement='static'>2</vcpu>\n"
			"  <cputune>\n    <shares>512</shares>\n    <vcpupin vcpu='1' cpuset='3'/>\n  </cputune>\n"
			"  <os>\n    <type arch='x86_64' machine='xenpv'>linux</type>\n"
			"    <kernel>/boot/vmlinuz</kernel>\n  </os>\n"
			"  <on_crash>coredump-destroy</on_crash>\n"
			"  <devices>\n    <emulator>/usr/bin/qemu</emulator>\n"
			"    <disk type='file' device='disk'>\n      <driver name='tap' type='raw' discard='ignore'/>\n"
			"      <source file='/srv/db.img'/>\n      <backingStore/>\n"
			"      <target dev='xvda' bus='xen'/>\n      <alias name='xvda'/>\n    </disk>\n"
			"    <interface type='bridge'>\n      <mac address='00:16:3e:00:00:02'/>\n"
			"      <source bridge='xenbr0'/>\n      <target dev='dbnet'/>\n"
			"      <ip address='10.0.0.9' family='ipv4'/>\n"
			"      <driver><host csum='off'/></driver>\n"
			"      <bandwidth><outbound average='1000'/></bandwidth>\n    </interface>\n"
			"    <console type='pty' tty='/dev/pts/2'>\n      <source path='/dev/pts/2'/>\n"
			"      <target type='xen' port='0'/>\n      <alias name='console0'/>\n    </console>\n"
			"    <graphics type='vnc' port='-1'/>\n  </devices>\n</domain>\n"),
		0);
	CU_ASSERT_EQUAL(config.memory_mib, 2048);
	CU_ASSERT_EQUAL(config.weight, 512);
	CU_ASSERT_EQUAL(config.cpus[0].bits[0], 0xff);
	CU_ASSERT_EQUAL(config.cpus[1].bits[0], 0x08);
	CU_ASSERT_EQUAL(config.on_crash, ON_DESTROY);
	CU_ASSERT_TRUE(config.disks[0].no_discard);
	CU_ASSERT_STRING_EQUAL(config.vifs[0].vifname, "dbnet");
	CU_ASSERT_STRING_EQUAL(config.vifs[0].ip, "10.0.0.9");
	CU_ASSERT_TRUE(config.vifs[0].no_offload);
	CU_ASSERT_EQUAL(config.vifs[0].rate, 1000 * 1024);
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "\"coredump-destroy\" is not there"));
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "<emulator>"));
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "<graphics>"));
	CU_ASSERT_PTR_NULL(strstr(notes, "<alias>"));
	config_free(&config);
}

TEST(wrong_descriptions_are_refused_with_the_line)
{
	CU_ASSERT_TRUE(refused("<domain type='xen'>\n <name>a</nam>\n</domain>", "dom.xml:2", "well-formed"));
	CU_ASSERT_TRUE(refused("<domain type='kvm'><name>a</name></domain>", "<domain>", "kvm"));
	CU_ASSERT_TRUE(refused("<network/>", "<network>", "outermost"));
	CU_ASSERT_TRUE(refused("<", "dom.xml:1", "XML"));
	CU_ASSERT_TRUE(refused(HEAD END, "kernel", "missing"));
	CU_ASSERT_TRUE(refused(HEAD "<os><type>exe</type></os>" END, "dom.xml:5", "exe"));
	CU_ASSERT_TRUE(refused(HEAD "<os><type arch='i686'>linux</type></os>" END, "i686", "x86_64"));
	CU_ASSERT_TRUE(refused(HEAD OS "<memory>12q</memory>" END, "<memory>", "not a number"));
	CU_ASSERT_TRUE(refused(HEAD OS "<memory>-5</memory>" END, "<memory>", "not a number"));
	CU_ASSERT_TRUE(refused(HEAD OS "<currentMemory unit='stone'>1</currentMemory>" END, "stone", "unit"));
	CU_ASSERT_TRUE(refused(HEAD OS "<memory unit='TiB'>99999999999</memory>" END, "<memory>", "more than"));
	CU_ASSERT_TRUE(refused(HEAD OS "<name>again</name>" END, "name", "twice"));
	CU_ASSERT_TRUE(refused(HEAD OS "<vcpu current='x'>2</vcpu>" END, "<vcpu>", "not a number"));
	CU_ASSERT_TRUE(refused(HEAD OS "<cputune><vcpupin vcpu='1'/></cputune>" END, "<vcpupin>", "cpuset"));
	CU_ASSERT_TRUE(refused(HEAD OS "<cputune><vcpupin vcpu='0' cpuset='z'/></cputune>" END, "cpus", "CPUs"));
	CU_ASSERT_TRUE(refused(HEAD OS "<on_crash>sing</on_crash>" END, "on_crash", "sing"));
	CU_ASSERT_TRUE(refused(HEAD OS "<uuid>1</uuid>" END, "uuid", "UUID"));
	CU_ASSERT_TRUE(refused(HEAD OS "<bootloader_args>-q</bootloader_args>" END, "<bootloader_args>", "kernel"));
	CU_ASSERT_TRUE(refused(HEAD "<os><type machine='pc'>linux</type></os>" END, "pc", "xenpvh"));
	CU_ASSERT_TRUE(refused(HEAD OS
			       "<cputune><vcpupin vcpu='0' cpuset='1'/><vcpupin vcpu='0' cpuset='1'/></cputune>" END,
			       "<vcpupin>", "already"));
	CU_ASSERT_TRUE(refused("<domain type='xen'><name>a\nb</name></domain>", "<name>", "control"));
}

TEST(wrong_devices_are_refused)
{
#define DISK(attributes, inner) HEAD OS "<devices><disk " attributes ">" inner "</disk></devices>" END
#define VIF(attributes, inner)	HEAD OS "<devices><interface " attributes ">" inner "</interface></devices>" END
	CU_ASSERT_TRUE(refused(DISK("type='volume'", ""), "<disk>", "volume"));
	CU_ASSERT_TRUE(refused(DISK("type='network'", ""), "<disk>", "protocol"));
	CU_ASSERT_TRUE(refused(DISK("type='network'", "<source protocol='rbd'/>"), "<disk>", "rbd"));
	CU_ASSERT_TRUE(refused(DISK("type='network'", "<source protocol='nbd'/>"), "<source>", "host"));
	CU_ASSERT_TRUE(
		refused(DISK("type='network'", "<source protocol='nbd'><host port='1'/></source>"), "<host>", "name"));
	CU_ASSERT_TRUE(refused(DISK("type='network'", "<source protocol='nbd'><host transport='unix'/></source>"),
			       "<host>", "socket"));
	CU_ASSERT_TRUE(refused(DISK("type='network'", "<source protocol='nbd'><host transport='rdma'/></source>"),
			       "<host>", "rdma"));
	CU_ASSERT_TRUE(refused(DISK("type='file' device='floppy'", ""), "<disk>", "floppy"));
	CU_ASSERT_TRUE(refused(DISK("type='file'", "<source file='/a'/>"), "disk", "name"));
	CU_ASSERT_TRUE(refused(DISK("type='file'", "<target dev='xvda'/>"), "xvda", "target"));
	CU_ASSERT_TRUE(refused(DISK("type='file'", "<target dev='a,b'/><source file='/a'/>"), "<disk>", "comma"));
	CU_ASSERT_TRUE(refused(DISK("type='file'", "<target dev='xvda'/><source file='a'/>"), "disk", "absolute"));
	CU_ASSERT_TRUE(refused(DISK("type='file'", "<driver type='vmdk'/><target dev='xvda'/><source file='/a'/>"),
			       "disk", "vmdk"));
	CU_ASSERT_TRUE(refused(DISK("type='file'", "<backingStore><source/></backingStore>"), "<backingStore>", "not"));
	CU_ASSERT_TRUE(refused(VIF("type='network'", ""), "<interface>", "bridge"));
	CU_ASSERT_TRUE(refused(VIF("type='bridge'", "<mac address='01:16:3e:00:00:02'/>"), "vif", "multicast"));
	CU_ASSERT_TRUE(refused(VIF("type='bridge'", "<source bridge='a,mac=1'/>"), "<interface>", "comma"));
	CU_ASSERT_TRUE(refused(VIF("type='bridge'", "<bandwidth><outbound average='x'/></bandwidth>"), "<bandwidth>",
			       "number"));
	CU_ASSERT_TRUE(refused(HEAD OS "<devices><hostdev mode='subsystem'/></devices>" END, "<hostdev>", "given"));
}

TEST(no_entities_are_read)
{
	CU_ASSERT_TRUE(refused("<!DOCTYPE domain [<!ENTITY a 'x'>]>\n" HEAD OS END, "dom.xml:1", "declaration"));
	CU_ASSERT_TRUE(refused("<!DOCTYPE d SYSTEM 'file:///etc/passwd'>" HEAD OS END, "dom.xml", "declaration"));
	CU_ASSERT_TRUE(
		refused("<!DOCTYPE d [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><domain type='xen'>"
			"<name>&e;</name></domain>",
			"dom.xml", "declaration"));
	CU_ASSERT_TRUE(refused("<domain type='xen'><name>&other;</name></domain>", "dom.xml:1", "XML"));
}

/* Everything that one configuration can say. */
static const char full[] =
	"name = \"all\"\nuuid = \"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"\ntype = \"pv\"\n"
	"kernel = \"/boot/a \\\"b\\\" & <c> 'd'\"\n"
	"kernel_sha256 = \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"\n"
	"ramdisk = \"/boot/r\"\n"
	"ramdisk_sha256 = \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"\n"
	"cmdline = \"root=/dev/xvda a=\\\"b\\\\\"\n"
	"memory = 256\nmaxmem = 512\nvcpus = 2\nmaxvcpus = 3\ncpus = [ \"0-1\", \"3\", \"0-255\" ]\n"
	"cpu_weight = 300\ncap = 150\n"
	"disk = [\n\t\"format=raw, vdev=xvda, access=rw, no-discard, target=/srv/a, b.img\",\n"
	"\t\"format=raw, vdev=xvdb, access=ro, devtype=cdrom\",\n"
	"\t\"format=raw, vdev=xvdc, access=ro, backendtype=phy, target=/dev/vg/c\",\n"
	"\t\"format=qcow2, vdev=xvdd, access=rw, target=/srv/d.qcow2\",\n"
	"\t\"format=raw, vdev=xvde, access=rw, target=nbd://host.example:10809/a&b\",\n"
	"\t\"format=raw, vdev=xvdf, access=rw, target=nbd://[fe80::1]/\",\n"
	"\t\"format=qcow2, vdev=xvdg, access=ro, target=nbd+unix:///name?socket=/run/a b.socket\",\n]\n"
	"vif = [\n\t\"mac=00:16:3e:01:02:03, bridge=br0, vifname=eth7, ip=10.0.0.2, rate=1000000B/s@20000us, "
	"offload=off\",\n\t\"\",\n]\n"
	"on_poweroff = \"preserve\"\non_reboot = \"destroy\"\non_crash = \"restart\"\n";

TEST(what_is_written_is_what_was_read)
{
	char *text;

	CU_ASSERT_EQUAL_FATAL(read_text(full), 0);
	text = as_text(&config);
	CU_ASSERT_STRING_EQUAL(text, full);
	free(text);
	config_free(&config);
}

TEST(the_xml_loses_only_what_it_says)
{
	char *xml, *text;

	CU_ASSERT_EQUAL_FATAL(read_text(full), 0);
	xml = as_xml(&config);
	config_free(&config);
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "kernel_sha256"));
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "ramdisk_sha256"));
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "cap"));
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "xvdc: backendtype"));
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "rate's interval"));
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "no whole KiB/s"));
	CU_ASSERT_EQUAL_FATAL(read_text(xml), 0);
	CU_ASSERT_STRING_EQUAL(notes, "");
	/* The same without what was said. */
	CU_ASSERT_FALSE(config.has_kernel_sha256);
	CU_ASSERT_EQUAL(config.cap, 0);
	config.cap = 150;
	config.has_kernel_sha256 = config.has_ramdisk_sha256 = true;
	CU_ASSERT_EQUAL(config.vifs[0].rate, 999424);
	config.vifs[0].rate = 1000000;
	config.vifs[0].rate_interval_us = 20000;
	strcpy(config.disks[2].backendtype, "phy");
	config.vifs[1].bridge[0] = '\0'; /* the default, which the XML has to spell out */
	text = as_text(&config);
	for (size_t i = 0; i < 2; i++) {
		char *digest = strstr(text, "0000000000000000000000000000000000000000000000000000000000000000");

		if (digest)
			memcpy(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 64);
	}
	CU_ASSERT_STRING_EQUAL(text, full);
	free(text);
	free(xml);
	config_free(&config);
}

/* An attribute's line ends are blanks (XML 1.0, 3.3.3). */
TEST(a_name_that_is_given_anew_is_left_out)
{
	CU_ASSERT_EQUAL_FATAL(read_text(HEAD OS "<devices><interface type='bridge'><source bridge='br7'/>"
						"<target dev='\tvif3.0\r'/></interface></devices>" END),
			      0);
	CU_ASSERT_STRING_EQUAL(config.vifs[0].vifname, "");
	config_free(&config);
}

TEST(amounts_that_are_no_mib_are_rounded_up)
{
	CU_ASSERT_EQUAL_FATAL(read_text("<domain type='xen'><name>web</name><memory unit='b'>134217729</memory>"
					"<vcpu>1</vcpu>" OS END),
			      0);
	CU_ASSERT_EQUAL(config.memory_mib, 129);
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "rounded up to 129 MiB"));
	config_free(&config);
}

TEST(pvh_in_either_form)
{
	char *xml;

	CU_ASSERT_EQUAL_FATAL(read_text("name='a'; kernel='/k'; memory=64; type='pvh'"), 0);
	xml = as_xml(&config);
	config_free(&config);
	CU_ASSERT_PTR_NOT_NULL(strstr(xml, "<type arch='x86_64' machine='xenpvh'>xenpvh</type>"));
	CU_ASSERT_EQUAL_FATAL(read_text(xml), 0);
	CU_ASSERT_EQUAL(config.type, DOMAIN_PVH);
	CU_ASSERT_STRING_EQUAL(notes, "");
	config_free(&config);
	free(xml);
}

TEST(hvm_in_either_form)
{
	static const char *const serials[] = {"pty", "file:/var/log/a'b", "unix:/run/a,b,server=on,wait=off"};
	char native[256], *xml, *before, *after;

	for (size_t i = 0; i < sizeof(serials) / sizeof(serials[0]); i++) {
		snprintf(native, sizeof(native), "name='a'; memory=64; type='hvm'; boot='ndc'; serial=\"%s\"; %s",
			 serials[i], "bios_path_override='/b<'; device_model_override='/d&'; disk=['/a,raw,hda,w']");
		CU_ASSERT_EQUAL_FATAL(read_text(native), 0);
		before = as_text(&config);
		xml = as_xml(&config);
		CU_ASSERT_STRING_EQUAL(notes, "");
		config_free(&config);
		CU_ASSERT_EQUAL_FATAL(read_text(xml), 0);
		CU_ASSERT_STRING_EQUAL(notes, "");
		after = as_text(&config);
		CU_ASSERT_STRING_EQUAL(after, before);
		config_free(&config);
		free(before);
		free(after);
		free(xml);
	}
	CU_ASSERT_EQUAL_FATAL(read_text("name='a'; memory=64; type='hvm'; serial='tcp:h:1'"), 0);
	free(as_xml(&config));
	CU_ASSERT_PTR_NOT_NULL(strstr(notes, "serial"));
	config_free(&config);
}

TEST(wrong_hvm_domains_are_refused)
{
#define HVM(os, devices) HEAD "<os><type machine='xenfv'>hvm</type>" os "</os><devices>" devices "</devices>" END
	CU_ASSERT_TRUE(refused(HVM("<kernel>/k</kernel>", ""), "kernel", "disk"));
	CU_ASSERT_TRUE(refused(HVM("<cmdline>a</cmdline>", ""), "cmdline", "disk"));
	CU_ASSERT_TRUE(refused(HVM("<boot dev='fd'/>", ""), "<boot>", "fd"));
	CU_ASSERT_TRUE(refused(HVM("<boot dev='hd'/><boot dev='hd'/><boot dev='hd'/><boot dev='hd'/>", ""), "<boot>",
			       "three"));
	CU_ASSERT_TRUE(refused(HVM("<loader type='pflash'>/a</loader>", ""), "<loader>", "pflash"));
	CU_ASSERT_TRUE(refused(HVM("<loader/>", ""), "bios_path_override", "empty"));
	CU_ASSERT_TRUE(refused(HVM("", "<serial type='tcp'/>"), "<serial>", "tcp"));
	CU_ASSERT_TRUE(refused(HVM("", "<serial type='file'/>"), "<serial>", "path"));
	CU_ASSERT_TRUE(refused(HVM("", "<serial type='unix'><source mode='connect' path='/a'/></serial>"), "<serial>",
			       "bind"));
}

TEST(rates_are_read)
{
#define RATE(text) "name='a' ; kernel='/k'; memory=64; vif=['rate=" text "']"
	CU_ASSERT_EQUAL_FATAL(read_text(RATE("10MB/s")), 0);
	CU_ASSERT_EQUAL(config.vifs[0].rate, 10000000);
	CU_ASSERT_EQUAL(config.vifs[0].rate_interval_us, 50000);
	config_free(&config);
	CU_ASSERT_EQUAL_FATAL(read_text(RATE("800Kb/s@20ms")), 0);
	CU_ASSERT_EQUAL(config.vifs[0].rate, 100000);
	CU_ASSERT_EQUAL(config.vifs[0].rate_interval_us, 20000);
	config_free(&config);
	CU_ASSERT_TRUE(refused(RATE("10"), "vif", "rate"));
	CU_ASSERT_TRUE(refused(RATE("0B/s"), "vif", "rate"));
	CU_ASSERT_TRUE(refused(RATE("99999999999999GB/s"), "vif", "rate"));
	CU_ASSERT_TRUE(refused(RATE("1MB/s@0ms"), "vif", "rate"));
	CU_ASSERT_TRUE(refused(RATE("1MB/s@20h"), "vif", "rate"));
	CU_ASSERT_TRUE(refused(RATE("1MB/sx"), "vif", "rate"));
}
