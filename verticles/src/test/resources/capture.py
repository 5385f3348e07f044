"""Writes every packet of an interface to a file, until standard input ends: capture.py INTERFACE FILE."""
import select
import socket
import sys

ALL = socket.htons(3)  # ETH_P_ALL
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, ALL) as packets, open(sys.argv[2], "wb") as file:
    packets.bind((sys.argv[1], 0))
    print("listening", flush=True)
    while True:
        ready, _, _ = select.select([packets, sys.stdin], [], [])
        if packets in ready:
            file.write(packets.recv(65536))
        elif sys.stdin in ready:
            break
