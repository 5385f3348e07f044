"""Two hosts on one machine: network namespaces, each with a TUN device. Needs root and /dev/net/tun, and no program."""
import ctypes
import fcntl
import os
import socket
import struct

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK, SIOCSIFTXQLEN = 0x8914, 0x8916, 0x891C, 0x8943
IFF_UP, IFF_RUNNING = 0x1, 0x40
# Packets that may wait for the relay; one more is lost, and by no seed. Host.unseeded_losses tells.
TUN_QUEUE = 10_000

libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error) + ": network namespaces need root")


class Host:
    """A network namespace with loopback and one way out, `tun`. Goes away with its last process and descriptor."""

    def __init__(self, address):
        self.address = address
        outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            check(libc.unshare(CLONE_NEWNET))
            self.namespace = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            self.tun = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(self.tun, TUNSETIFF, struct.pack("16sH22x", b"tun", IFF_TUN | IFF_NO_PI))
            self.configure()
        finally:
            check(libc.setns(outside, CLONE_NEWNET))
            os.close(outside)

    def configure(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            def ask(request, name, form, *values):
                fcntl.ioctl(control, request, struct.pack("16s" + form, name, *values))

            def inet(address):
                return socket.AF_INET, 0, socket.inet_aton(address)

            ask(SIOCSIFFLAGS, b"lo", "h14x", IFF_UP | IFF_RUNNING)
            ask(SIOCSIFADDR, b"tun", "HH4s8x", *inet(self.address))
            ask(SIOCSIFNETMASK, b"tun", "HH4s8x", *inet("255.255.255.0"))
            ask(SIOCSIFTXQLEN, b"tun", "i12x", TUN_QUEUE)
            ask(SIOCSIFFLAGS, b"tun", "h14x", IFF_UP | IFF_RUNNING)

    def enter(self):
        """From here on the calling thread, and processes it starts, have this host's network."""
        check(libc.setns(self.namespace, CLONE_NEWNET))

    def inside(self, action):
        """What action gives on this host: a socket it makes belongs to the host for good."""
        outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            self.enter()
            return action()
        finally:
            check(libc.setns(outside, CLONE_NEWNET))
            os.close(outside)

    def unseeded_losses(self):
        """Packets that the kernel dropped because the relay did not keep up."""
        def read():
            with open("/proc/thread-self/net/dev") as file:
                return next(line for line in file if line.strip().startswith("tun:"))

        return int(self.inside(read).split()[12])
