#!/bin/sh
# Sets up the lab's namespaces from inside and then holds them. Run by Namespaces.java as
#   unshare --mount --net --uts --ipc --cgroup --propagation slave sh namespaces.sh LAB_ROOT HOST_NAME NODE_IP API_SERVICE_IP
# Everything mounted or added here goes when the last process in the namespaces ends.
set -eu
root=$1 name=$2 node_ip=$3 api_service_ip=$4

mount --make-rshared /
hostname "$name"

# kubelet and the API server want an address that is not loopback. No kube-proxy runs here: the API server is reached
# under its service address because the node owns that address too.
ip link set lo up
ip link add node0 type bridge # not every kernel has dummy devices; CNI needs bridges anyway
ip address add "$node_ip/24" dev node0
ip address add "$api_service_ip/32" dev node0
ip link set node0 up
ip route add default dev node0

# The controllers as seen from here: the lab's own cgroup is the root of each hierarchy.
umount -R /sys/fs/cgroup
if [ "$(cut -d: -f1 /proc/self/cgroup)" = 0 ]; then
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
else
  mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
  while IFS=: read -r id controllers _; do
    if [ "$id" = 0 ]; then
      mkdir /sys/fs/cgroup/unified
      mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
    else
      mkdir "/sys/fs/cgroup/${controllers#name=}"
      mount -t cgroup -o "$controllers" cgroup "/sys/fs/cgroup/${controllers#name=}"
      for alias in $(echo "$controllers" | tr , ' '); do
        [ -e "/sys/fs/cgroup/${alias#name=}" ] || ln -s "$controllers" "/sys/fs/cgroup/$alias"
      done
    fi
  done < /proc/self/cgroup
fi

# What a node's programs write lands in the lab's folder, under the usual paths: /run and the changes to /etc and /var in
# memory, what grows large on disk.
mount -t tmpfs -o mode=755 tmpfs /run
for changed in etc var; do
  mkdir -p "/run/lab/$changed/upper" "/run/lab/$changed/work"
  mount -t overlay overlay -o "lowerdir=/$changed,upperdir=/run/lab/$changed/upper,workdir=/run/lab/$changed/work" "/$changed"
done
# What is installed under /opt is large: on disk, too.
mkdir -p "$root/opt/upper" "$root/opt/work" /opt
mount -t overlay overlay -o "lowerdir=/opt,upperdir=$root/opt/upper,workdir=$root/opt/work" /opt
for data in lib/containerd lib/kubelet lib/cni lib/cofferdam lib/registry log/pods log/containers; do
  mkdir -p "$root/var/$data" "/var/$data"
  mount --bind "$root/var/$data" "/var/$data"
done
for replaced in cni containerd cofferdam; do
  mkdir -p "$root/etc/$replaced" "/etc/$replaced"
  mount --bind "$root/etc/$replaced" "/etc/$replaced"
done
echo "$node_ip $name" >> /etc/hosts
: > /etc/crictl.yaml # crictl warns where there is none; dev/shell's variables say where to go

touch "$root/namespaces-ready"
exec sleep infinity
