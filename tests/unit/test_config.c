/* test_config.c - configurations in xl.cfg syntax: what they mean, and what is said about wrong
 * ones */
#include <errno.h>
#include <stdio.h>

#include "dom0-tools/config/domain_config.h"
#include "unit.h"

#define NEEDED "name = \"guest\"\nkernel = '/boot/vmlinuz'\nmemory = 128\n"

static struct domain_config config;
static struct cfg_error error;

static int parse(const char *text)
{
	memset(&error, 0, sizeof(error));
	error.file = "domU.cfg";
	return config_from_text(text, strlen(text), &config, &error);
}

/* Refused, with a message that holds each of the two words. */
static bool refused(const char *text, const char *where, const char *why)
{
	bool good;

	if (!parse(text)) {
		config_free(&config);
		return false;
	}
	good = strstr(error.text, where) && strstr(error.text, why);
	if (!good)
		fprintf(stderr, "unexpected message: %s\n", error.text);
	return good;
}

TEST(the_least_is_enough)
{
	CU_ASSERT_EQUAL_FATAL(parse(NEEDED), 0);
	CU_ASSERT_STRING_EQUAL(config.name, "guest");
	CU_ASSERT_STRING_EQUAL(config.kernel, "/boot/vmlinuz");
	CU_ASSERT_PTR_NULL(config.ramdisk);
	CU_ASSERT_STRING_EQUAL(config.cmdline, "");
	CU_ASSERT_EQUAL(config.memory_mib, 128);
	CU_ASSERT_EQUAL(config.maxmem_mib, 128);
	CU_ASSERT_EQUAL(config.vcpus, 1);
	CU_ASSERT_EQUAL(config.maxvcpus, 1);
	CU_ASSERT_FALSE(config.has_uuid);
	CU_ASSERT_EQUAL(config.on_poweroff, ON_DESTROY);
	CU_ASSERT_EQUAL(config.on_reboot, ON_RESTART);
	CU_ASSERT_EQUAL(config.on_crash, ON_DESTROY);
	config_free(&config);
}

TEST(every_key_is_understood)
{
	CU_ASSERT_EQUAL_FATAL(parse("# a comment\nname='a';memory=0x100 ; maxmem = 512\n"
				    "uuid = \"6ba7b810-9dad-11d1-80b4-00c04fd430c8\" type=\"pv\""),
			      -22);
	CU_ASSERT_EQUAL_FATAL(parse("# a comment\nname='a';memory=0x100 ; maxmem = 512\n"
				    "uuid = \"6ba7b810-9dad-11d1-80b4-00c04fd430c8\" # another\n"
				    "type = \"pv\"\nkernel = \"/k\"\nramdisk = \"/r\"\nroot = \"/dev/xvda\"\n"
				    "extra = \"ro quiet\"\nvcpus = 2\nmaxvcpus = 4\ncpus = \"0-3,^1\"\n"
				    "cpu_weight = 512\ncap = 50\n"
				    "on_poweroff = \"preserve\"\non_reboot = 'destroy'\non_crash = \"restart\"\n"
				    "kernel_sha256 = "
				    "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""
				    "\ndisk = [\n  'phy:/dev/vg/a,xvda,w', # old form\n  "
				    "'/srv/b.img,raw,xvdb1,ro',\n"
				    "  'format=raw, vdev=xvdc, access=rw, target=/srv/with,comma.img',\n]\n"
				    "vif = [ 'mac=00:16:3E:01:02:03, bridge=br0, ip=10.0.0.2', "
				    "'vifname=eth7,offload=off', "
				    "'' ]\n"),
			      0);
	CU_ASSERT_EQUAL(config.memory_mib, 256);
	CU_ASSERT_EQUAL(config.maxmem_mib, 512);
	CU_ASSERT_EQUAL(config.uuid[0], 0x6b);
	CU_ASSERT_EQUAL(config.uuid[15], 0xc8);
	CU_ASSERT_STRING_EQUAL(config.cmdline, "root=/dev/xvda ro quiet");
	CU_ASSERT_EQUAL(config.cpus[3].bits[0], 0x0d);
	CU_ASSERT_EQUAL(config.weight, 512);
	CU_ASSERT_EQUAL(config.cap, 50);
	CU_ASSERT_EQUAL(config.on_poweroff, ON_PRESERVE);
	CU_ASSERT_EQUAL(config.on_crash, ON_RESTART);
	CU_ASSERT_TRUE(config.has_kernel_sha256);
	CU_ASSERT_EQUAL(config.kernel_sha256[31], 0x55);
	CU_ASSERT_EQUAL(config.nr_disks, 3);
	CU_ASSERT_STRING_EQUAL(config.disks[0].target, "/dev/vg/a");
	CU_ASSERT_EQUAL(config.disks[0].devid, 51712);
	CU_ASSERT_FALSE(config.disks[0].readonly);
	CU_ASSERT_TRUE(config.disks[1].readonly);
	CU_ASSERT_EQUAL(config.disks[1].devid, 51729);
	CU_ASSERT_STRING_EQUAL(config.disks[2].target, "/srv/with,comma.img");
	CU_ASSERT_EQUAL(config.nr_vifs, 3);
	CU_ASSERT_EQUAL(config.vifs[0].mac[2], 0x3e);
	CU_ASSERT_STRING_EQUAL(config.vifs[0].ip, "10.0.0.2");
	CU_ASSERT_TRUE(config.vifs[1].no_offload);
	CU_ASSERT_FALSE(config.vifs[1].has_mac);
	config_free(&config);
}

TEST(names_of_disks_have_their_numbers)
{
	static const struct {
		const char *name;
		unsigned int devid;
	} disks[] = {{"xvda", 51712},	   {"xvdb", 51728},	  {"xvdp15", 51967}, {"xvdq", 268439552},
		     {"xvdaa", 268442112}, {"xvda16", 268435472}, {"sda", 2048},     {"sdb2", 2066},
		     {"hda", 768},	   {"hdd1", 5697}};
	char text[64];

	for (size_t i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
		struct cfg_value value = {.kind = CFG_STRING, .line = 1, .text = text};
		struct disk_config disk;

		snprintf(text, sizeof(text), "/x,raw,%s,w", disks[i].name);
		CU_ASSERT_EQUAL(config_read_disk(&value, &disk, &error), 0);
		CU_ASSERT_EQUAL(disk.devid, disks[i].devid);
		free(disk.target);
	}
}

TEST(what_is_missing_is_named)
{
	CU_ASSERT_TRUE(refused("kernel='/k'\nmemory=64", "name", "missing"));
	CU_ASSERT_TRUE(refused("name='a'\nmemory=64", "kernel", "missing"));
	CU_ASSERT_TRUE(refused("name='a'\nkernel='/k'", "memory", "missing"));
	CU_ASSERT_TRUE(refused("", "name", "missing"));
}

TEST(syntax_errors_have_their_line)
{
	CU_ASSERT_TRUE(refused("name = \"a\n", "domU.cfg:1: name", "closing \""));
	CU_ASSERT_TRUE(refused("\n\nname \"a\"", "domU.cfg:3: name", "no ="));
	CU_ASSERT_TRUE(refused("name =\nmemory = 5", "domU.cfg:1: name", "value is missing"));
	CU_ASSERT_TRUE(refused("= 5", "domU.cfg:1:", "key = value"));
	CU_ASSERT_TRUE(refused("memory = 12 MiB", "domU.cfg:1: memory", "behind the value"));
	CU_ASSERT_TRUE(refused("memory = 12x", "domU.cfg:1: memory", "not a number"));
	CU_ASSERT_TRUE(refused("memory = 99999999999999999999", "memory", "not a number"));
	CU_ASSERT_TRUE(refused("disk = [ 'a'\n 'b' ]", "domU.cfg:2: disk", "comma"));
	CU_ASSERT_TRUE(refused("disk = [ 'a', \n\n", "disk", "value is missing"));
	CU_ASSERT_TRUE(refused("disk = [ ['a'] ]", "disk", "list inside"));
	CU_ASSERT_TRUE(refused("name = \"a\\\nb\"", "name", "line break"));
}

TEST(urls_that_are_none_of_nbd_are_refused)
{
	static const char *const wrong_urls[] = {
		"nbd+unix:///a",
		"nbd+unix:///a?socket=b",
		"nbd+unix://a?socket=/b",
		"nbd+unix:///a?b?socket=/c",
		"nbd://host",
		"nbd:///name",
		"nbd://:10809/name",
		"nbd://host:/name",
		"nbd://host:0/a",
		"nbd://host:65536/a",
		"nbd://host:1x/a",
		"nbd://host:000001/a",
		"nbd://fe80::1/a",
		"nbd://[fe80::1/a",
		"nbd://[]/a",
		"nbd://[fe80::1]x/a",
		"nbd://host/a?b",
		"nbd://[a[b]/a",
		"nbds://host/a",
	};

	for (size_t i = 0; i < sizeof(wrong_urls) / sizeof(wrong_urls[0]); i++) {
		char text[256];

		snprintf(text, sizeof(text), NEEDED "disk = ['format=raw,vdev=xvda,target=%s']", wrong_urls[i]);
		CU_ASSERT_TRUE(refused(text, "disk", "absolute path"));
	}
}

TEST(wrong_values_are_told_what_would_be_right)
{
	CU_ASSERT_TRUE(refused(NEEDED "memroy = 5", "domU.cfg:4: memroy", "memory meant"));
	CU_ASSERT_TRUE(refused(NEEDED "bootloader = 5", "bootloader", "plinth.cfg"));
	CU_ASSERT_TRUE(refused(NEEDED "memory = 64", "domU.cfg:4: memory", "line 3"));
	CU_ASSERT_TRUE(refused("name='a b'", "name", "letters"));
	CU_ASSERT_TRUE(refused("name='12'", "name", "number"));
	CU_ASSERT_TRUE(refused("name=12", "name", "string"));
	CU_ASSERT_TRUE(refused(NEEDED "vcpus = 0", "vcpus", "from 1"));
	CU_ASSERT_TRUE(refused(NEEDED "vcpus = 'x'", "vcpus", "number"));
	CU_ASSERT_TRUE(refused(NEEDED "vcpus = 4\nmaxvcpus = 2", "maxvcpus", "vcpus"));
	CU_ASSERT_TRUE(refused(NEEDED "maxmem = 64", "maxmem", "128"));
	CU_ASSERT_TRUE(refused(NEEDED "type = 'pvh'\nmaxmem = 4096", "maxmem", "pv"));
	CU_ASSERT_TRUE(refused(NEEDED "type = 'vm'", "type", "hvm"));
	CU_ASSERT_TRUE(refused(NEEDED "type = 'hvm'", "kernel", "its disk"));
	CU_ASSERT_TRUE(refused(NEEDED "boot = 'c'", "boot", "only there"));
	CU_ASSERT_TRUE(refused("type = 'hvm'\nboot = 'x'", "boot", "letters"));
	CU_ASSERT_TRUE(refused("type = 'hvm'\nboot = 'cdnc'", "boot", "three"));
	CU_ASSERT_TRUE(refused("type = 'hvm'\nname = 'a'\nmemory = 64\nramdisk = '/r'", "ramdisk", "its disk"));
	CU_ASSERT_TRUE(
		refused("type = 'hvm'\nname = 'a'\nmemory = 64\nextra = 'ro'", "domU.cfg:4: cmdline", "its disk"));
	CU_ASSERT_TRUE(refused(NEEDED "uuid = 'x'", "uuid", "32 hex"));
	CU_ASSERT_TRUE(refused(NEEDED "kernel_sha256 = 'abc'", "kernel_sha256", "64 hex"));
	CU_ASSERT_TRUE(refused(NEEDED "cpus = '3-1'", "cpus", "0-3,^1"));
	CU_ASSERT_TRUE(refused(NEEDED "cpus = '^1'", "cpus", "0-3,^1"));
	CU_ASSERT_TRUE(refused(NEEDED "on_crash = 'explode'", "on_crash", "preserve"));
	CU_ASSERT_TRUE(refused(NEEDED "cmdline='a'\nroot='b'", "cmdline", "root and extra"));
	CU_ASSERT_TRUE(refused(NEEDED "vif = 'bridge=x'", "vif", "list"));
	CU_ASSERT_TRUE(refused(NEEDED "vif = ['mac=00:16:3e:1:2:3']", "vif", "MAC"));
	CU_ASSERT_TRUE(refused(NEEDED "vif = ['mac=01:16:3e:01:02:03']", "vif", "multicast"));
	CU_ASSERT_TRUE(refused(NEEDED "vif = ['bridge=../etc']", "vif", "15 letters"));
	CU_ASSERT_TRUE(refused(NEEDED "vif = ['speed=9']", "vif", "unknown item"));
	CU_ASSERT_TRUE(refused(NEEDED "vif = ['mac=00:16:3e:01:02:03','mac=00:16:3e:01:02:03']", "vif", "same MAC"));
	CU_ASSERT_TRUE(refused(NEEDED "disk = ['/a,raw,xvda,q']", "disk", "access"));
	CU_ASSERT_TRUE(refused(NEEDED "disk = ['/a,vmdk,xvda,w']", "disk", "format"));
	CU_ASSERT_TRUE(refused(NEEDED "disk = ['http://a/b,raw,xvda,w']", "disk", "absolute path"));
	CU_ASSERT_TRUE(refused(NEEDED "disk = ['devtype=cdrom,format=qcow2,vdev=xvda,target=/a']", "disk", "raw"));
	CU_ASSERT_TRUE(refused(NEEDED "disk = ['devtype=cdrom,vdev=xvda,backendtype=kernel']", "disk", "medium"));
	CU_ASSERT_TRUE(refused(NEEDED "vif = ['offload=off,backendtype=kernel']", "vif", "offload"));
	CU_ASSERT_TRUE(refused(NEEDED "disk = ['/a,raw,floppy,w']", "disk", "xvda"));
	CU_ASSERT_TRUE(refused(NEEDED "disk = ['a.img,raw,xvda,w']", "disk", "absolute"));
	CU_ASSERT_TRUE(refused(NEEDED "disk = ['/a']", "disk", "missing"));
	CU_ASSERT_TRUE(refused(NEEDED "disk = ['/a,raw,xvda,w', '/b,raw,xvda,w']", "disk", "two"));
}

TEST(wrong_items_of_interfaces_are_told_too)
{
	CU_ASSERT_TRUE(refused(NEEDED "vif = ['ip=10.0.0.x']", "vif", "no IP address"));
	CU_ASSERT_TRUE(refused(NEEDED "vif = ['rate=fast']", "vif", "no rate"));
	CU_ASSERT_TRUE(refused(NEEDED "vif = ['rate=10MB/s@xx']", "vif", "no rate"));
	CU_ASSERT_TRUE(refused(NEEDED "vif = ['rate=0MB/s']", "vif", "no rate"));
	CU_ASSERT_TRUE(refused(NEEDED "vif = ['offload=perhaps']", "vif", "on or off"));
	CU_ASSERT_TRUE(refused(NEEDED "vif = ['type=ioemu']", "vif", "not supported"));
	CU_ASSERT_TRUE(refused(NEEDED "vif = ['backendtype=a-name-that-is-longer-than-any']", "vif", "backendtype"));
	CU_ASSERT_TRUE(refused(NEEDED "vif = ['bridge']", "vif", "item=value"));
	CU_ASSERT_TRUE(refused(NEEDED "vif = [5]", "vif", "string"));
	CU_ASSERT_EQUAL_FATAL(parse(NEEDED "vif = ['type=vif,offload=on,ip=10.0.0.1,ip=10.0.0.2']"), 0);
	CU_ASSERT_STRING_EQUAL(config.vifs[0].ip, "10.0.0.2");
	CU_ASSERT_FALSE(config.vifs[0].no_offload);
	config_free(&config);
}

TEST(escapes_in_strings)
{
	CU_ASSERT_EQUAL_FATAL(parse(NEEDED "extra=\"a\\\"b\\\\c\\td\\re\""), 0);
	CU_ASSERT_STRING_EQUAL(config.cmdline, "a\"b\\c\td\re");
	config_free(&config);
	CU_ASSERT_TRUE(refused(NEEDED "extra=\"a\\nb\"", "extra", "line"));
}

/* With memory for 0, 1, 2, … allocations: refused for that reason, nothing kept, until there is enough. */
TEST(without_memory_nothing_is_read)
{
	int err = -ENOMEM;
	long n = 0;

	for (; err && n < 200; n++) {
		unit_allocations = n;
		err = parse(NEEDED
			    "disk = [ '/a,raw,xvda,w', 'format=raw, vdev=xvdc, access=rw, target=/c' ]\n"
			    "vif = [ 'mac=00:16:3e:01:02:03, ip=10.0.0.1' ]\nroot = '/dev/xvda'\nextra = 'ro'\n"
			    "cpus = [ 1 ]\n");
		unit_allocations = -1;
		if (err)
			CU_ASSERT_EQUAL(err, -ENOMEM);
	}
	CU_ASSERT_TRUE(n > 10 && n < 200);
	config_free(&config);
}

TEST(one_set_of_cpus_for_each_vcpu)
{
	CU_ASSERT_EQUAL_FATAL(parse(NEEDED "vcpus = 2\ncpus = [ 1, '2-3' ]"), 0);
	CU_ASSERT_EQUAL(config.cpus[0].bits[0], 2);
	CU_ASSERT_EQUAL(config.cpus[1].bits[0], 12);
	config_free(&config);
}

/* What each key does not take: a value of another kind, one outside of its range, a word it does not know. */
TEST(every_key_refuses_what_it_does_not_take)
{
	static const struct {
		const char *key;
		const char *bad[6];
	} wrong[] = {
		{"name", {"1", "''", "'a b'", "'../a'", "'12'", "['a']"}},
		{"uuid", {"1", "''", "'6ba7b810'", "'6ba7b810-9dad-11d1-80b4-00c04fd430cg'", "[1]", "'-'"}},
		{"type", {"1", "''", "'vm'", "['pv']", "'PV '", NULL}},
		{"kernel", {"1", "''", "['/a']", NULL}},
		{"kernel_sha256", {"1", "''", "'00'", "[1]", NULL}},
		{"ramdisk", {"1", "''", "['/a']", NULL}},
		{"ramdisk_sha256", {"1", "''", "'zz'", NULL}},
		{"cmdline", {"1", "['a']", NULL}},
		{"root", {"1", "['a']", NULL}},
		{"extra", {"1", "['a']", NULL}},
		{"memory", {"'64'", "0", "-1", "99999999999", "[64]", "''"}},
		{"maxmem", {"'64'", "0", "1", "99999999999", "[64]", NULL}},
		{"vcpus", {"'1'", "0", "129", "[1]", NULL}},
		{"maxvcpus", {"'1'", "0", "129", "[1]", NULL}},
		{"cpus", {"''", "[]", "'3-1'", "'x'", "256", "['0','^0']"}},
		{"cpu_weight", {"'1'", "0", "65536", "[1]", NULL}},
		{"cap", {"'1'", "99999999", "[1]", NULL}},
		{"disk", {"1", "'/a,raw,xvda,w'", "[1]", "['']", "['/a,raw,xvda,w,x']", "['vdev=xvda']"}},
		{"vif", {"1", "'bridge=a'", "[1]", "['bridge']", "['bridge=a/b']", "['rate=fast']"}},
		{"on_poweroff", {"1", "''", "'sing'", "['destroy']", NULL}},
		{"on_reboot", {"1", "''", "'sing'", NULL}},
		{"on_crash", {"1", "''", "'coredump-restart'", NULL}},
		{"boot", {"1", "['c']", "'x'", "'cdnc'", "'c'", NULL}}, /* the last is right, for another type */
		{"serial", {"1", "['pty']", "'pty'", NULL}},
		{"bios_path_override", {"1", "''", "['/b']", "'/b'", NULL}},
		{"device_model_override", {"1", "''", "['/d']", "'/d'", NULL}},
		{"vga", {"1", "''", "'qxl'", "['cirrus']", "'stdvga'", NULL}},
		{"videoram", {"'16'", "7", "257", "[16]", "16", NULL}},
		{"vnc", {"'1'", "2", "-1", "[1]", "1", NULL}},
		{"vnclisten", {"1", "''", "'127.0.0.1:1'", "'a,b'", "'[::1'", "'unix:relative'"}},
		{"vncdisplay", {"'1'", "-1", "1000", "[1]", "1", NULL}},
		{"vncunused", {"'1'", "2", "-1", "[1]", "1", NULL}},
		{"vncpasswd", {"1", "'a'", "['a']", "''", NULL}},
	};
	char text[512];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		for (size_t j = 0; j < 6 && wrong[i].bad[j]; j++) {
			bool needed = strstr("name kernel memory", wrong[i].key) != NULL;

			/* The three that must be there stand there, unless it is one of them. */
			snprintf(text, sizeof(text), "%s%s%s%s = %s\n",
				 strcmp(wrong[i].key, "name") ? "name = 'guest'\n" : "",
				 strcmp(wrong[i].key, "kernel") ? "kernel = '/k'\n" : "",
				 strcmp(wrong[i].key, "memory") ? "memory = 64\n" : "", wrong[i].key, wrong[i].bad[j]);
			CU_ASSERT_TRUE(refused(text, "domU.cfg:", ": "));
			if (!strstr(error.text, wrong[i].key))
				fprintf(stderr, "%s", text);
			CU_ASSERT_PTR_NOT_NULL(strstr(error.text, wrong[i].key));
			CU_ASSERT_PTR_NOT_NULL(strstr(error.text, needed ? ":3: " : ":4: "));
		}
	}
}

/* The same of the items of disk and vif, beside others that are right; tests/lint/commands.sh sees that none is missing. */
TEST(every_item_refuses_what_it_does_not_take)
{
	static const struct {
		const char *item, *others, *bad[5];
	} wrong[] = {
		{"target", "disk = ['vdev=xvda", {"", "a.img", "nbd://host", "http://a/b", NULL}},
		{"format", "disk = ['vdev=xvda", {"vmdk", "RAW", NULL}},
		{"vdev", "disk = ['access=ro", {"", "xvd", "xvda256", "eth0", "a-name-that-is-longer-than-any"}},
		{"access", "disk = ['vdev=xvda", {"", "x", "rwx", "RW", NULL}},
		{"devtype", "disk = ['vdev=xvda", {"", "floppy", NULL}},
		{"backendtype", "disk = ['vdev=xvda", {"tap", "a-name-that-is-longer-than-any", NULL}},
		{"mac", "vif = ['ip=::1", {"", "00:16:3e:12:34", "00:16:3e:12:34:5g", "01:16:3e:12:34:56"}},
		{"bridge", "vif = ['ip=::1", {"", "..", "a/b", "a b", "longer-than-fifteen"}},
		{"vifname", "vif = ['ip=::1", {"", ".", "a/b", "a\"b", "longer-than-fifteen"}},
		{"ip", "vif = ['bridge=br0", {"host", "10.0.0.1;reboot", NULL}},
		{"rate", "vif = ['bridge=br0", {"", "10", "-1MB/s", "0KB/s", "1MB/s@0s"}},
		{"offload", "vif = ['bridge=br0", {"", "maybe", NULL}},
		{"type", "vif = ['bridge=br0", {"", "ioemu", NULL}},
		{"backendtype", "vif = ['bridge=br0", {"tap", NULL}},
	};
	char text[512];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		for (size_t j = 0; j < 5 && wrong[i].bad[j]; j++) {
			bool is_disk = wrong[i].others[0] == 'd';

			snprintf(text, sizeof(text), "%s%s,%s=%s%s']\n", NEEDED, wrong[i].others, wrong[i].item,
				 wrong[i].bad[j], is_disk && strcmp(wrong[i].item, "target") ? ",target=/a" : "");
			CU_ASSERT_TRUE(refused(text, "domU.cfg:4: ", is_disk ? "disk" : "vif"));
			if (!strstr(error.text, "domU.cfg:4: "))
				fprintf(stderr, "%s", text);
		}
	}
}

#define HVM "name = 'a'\nmemory = 64\ntype = 'hvm'\n"

TEST(an_hvm_domain_has_a_screen_if_it_shall)
{
	static const char *const addresses[] = {"0.0.0.0", "host.example", "[::1]", "unix:/run/a:1,b"};
	char text[200];

	CU_ASSERT_EQUAL_FATAL(parse(HVM), 0);
	CU_ASSERT_EQUAL(config.screen.vga, VGA_NONE);
	CU_ASSERT_EQUAL(config.screen.vnc, 0);
	config_free(&config);
	CU_ASSERT_EQUAL_FATAL(parse(HVM "vnc = 1\n"), 0);
	CU_ASSERT_EQUAL(config.screen.vga, VGA_STDVGA);
	CU_ASSERT_EQUAL(config.screen.videoram_mib, 16);
	CU_ASSERT_EQUAL(config.screen.vncunused, 1);
	CU_ASSERT_STRING_EQUAL(config.screen.vnclisten, "127.0.0.1");
	config_free(&config);
	CU_ASSERT_EQUAL_FATAL(parse(HVM "vga = 'cirrus'\nvnc = 1\nvncdisplay = 7\nvncunused = 0\nvncpasswd = ''\n"), 0);
	CU_ASSERT_EQUAL(config.screen.vga, VGA_CIRRUS);
	CU_ASSERT_EQUAL(config.screen.videoram_mib, 8);
	CU_ASSERT_EQUAL(config.screen.vncdisplay, 7);
	CU_ASSERT_EQUAL(config.screen.vncunused, 0);
	config_free(&config);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		snprintf(text, sizeof(text), HVM "vnclisten = '%s'\n", addresses[i]);
		CU_ASSERT_EQUAL_FATAL(parse(text), 0);
		CU_ASSERT_STRING_EQUAL(config.screen.vnclisten, addresses[i]);
		config_free(&config);
	}
	CU_ASSERT_TRUE(refused(HVM "vnc = 1\nvga = 'none'\n", "vnc", "nothing to show"));
	CU_ASSERT_TRUE(refused(HVM "vncpasswd = 'secret'\n", "vncpasswd", "no passwords"));
	CU_ASSERT_TRUE(refused(HVM "videoram = 16\n", "videoram", "no adapter"));
	CU_ASSERT_TRUE(refused(HVM "vga = 'cirrus'\nvideoram = 32\n", "videoram", "8 to 16"));
	CU_ASSERT_TRUE(refused(HVM "vga = 'stdvga'\nvideoram = 24\n", "videoram", "power of two"));
	CU_ASSERT_EQUAL_FATAL(parse(HVM "vga = 'stdvga'\nvideoram = 64\n"), 0);
	CU_ASSERT_EQUAL(config.screen.videoram_mib, 64);
	config_free(&config);
}

TEST(hvm_domains_have_settings_of_their_own)
{
	CU_ASSERT_EQUAL_FATAL(parse("name = 'a'\nmemory = 64\ntype = 'hvm'\nserial = 'file:/s'\nboot = 'dc'\n"
				    "bios_path_override = '/b'\ndevice_model_override = '/d'\n"),
			      0);
	CU_ASSERT_EQUAL(config.type, DOMAIN_HVM);
	CU_ASSERT_STRING_EQUAL(config.serial, "file:/s");
	CU_ASSERT_STRING_EQUAL(config.boot, "dc");
	CU_ASSERT_STRING_EQUAL(config.bios, "/b");
	CU_ASSERT_STRING_EQUAL(config.device_model, "/d");
	config_free(&config);
}
