# shellcheck shell=bash disable=SC2034,SC2154
# net.sh - the body of the network tests: a DHCP lease on xenbr0, a ping, and a file that arrives whole, over $card
mkdir -p "$work/tftp"
seeded_file "$work/tftp/file" 1 "$seed"
expected=$(sha256sum <"$work/tftp/file" | cut -d ' ' -f 1)
program <<END
ip address show dev xenbr0 | grep -q 'inet 10.0.2.15/24' || { echo "test: no lease on xenbr0"; exit 1; }
ping -c 3 -W 5 10.0.2.2 || { echo "test: no answer to ping"; exit 1; }
tftp -g -b 1400 -r file -l /run/file 10.0.2.2 || { echo "test: tftp failed"; exit 1; }
sum=\$(sha256sum </run/file | cut -d ' ' -f 1)
echo "test: received \$sum"
test "\$sum" = $expected
END
devices=(-netdev "user,id=net0,tftp=$work/tftp" -device "$card,netdev=net0")
boots
succeeded
expect '3 packets transmitted, 3 packets received'
