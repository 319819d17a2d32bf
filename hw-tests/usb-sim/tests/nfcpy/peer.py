"""nfcpy before a reader that is elsewhere: its driver for the RC-S380, its search for a card of
Type B and its Type 4 tag, as they are, over a transport of lines of text.

Asks on standard output (`write HEX`, `read MILLISECONDS`, `tell NAME VALUE`, `remove`) and gets a line on
standard input for each.
"""

import errno
import os
import sys

import nfc.clf
import nfc.clf.rcs380
import nfc.tag
import nfc.tag.tt4

# The program of the user-authentication key, its certificate, and the whole of it in one answer.
JPKI = bytes.fromhex("D392F000260100000001")
CERTIFICATE = b"\x00\x0A"
READ_ALL = bytes.fromhex("00B08A00000000")


def ask(*words):
    print(*words, flush=True)
    answer = sys.stdin.readline()
    if not answer:
        sys.exit("the other end is gone")
    return answer.strip()


class Transport:
    """What nfcpy wants of USB."""

    TYPE = "USB"
    manufacturer_name = "SONY"
    product_name = "RC-S380/S"

    def write(self, frame, timeout=0):
        ask("write", bytes(frame).hex())

    def read(self, timeout=0):
        answer = ask("read", timeout)
        if answer == "timeout":
            raise IOError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        return bytearray.fromhex(answer)

    def close(self):
        pass


def main():
    device = nfc.clf.rcs380.init(Transport())
    frontend = nfc.clf.ContactlessFrontend()
    frontend.device = device
    ask("tell", "chipset", device.chipset_name)

    for other in ("106A", "212F"):
        assert frontend.sense(nfc.clf.RemoteTarget(other)) is None, other
    target = frontend.sense(nfc.clf.RemoteTarget("106B"))
    if target is None:
        sys.exit("nfcpy finds no card of Type B")
    ask("tell", "atqb", bytes(target.sensb_res).hex())
    tag = nfc.tag.activate(frontend, target)
    if tag is None:
        sys.exit("nfcpy cannot activate the card")
    ask("tell", "tag", type(tag).__name__)
    ask("tell", "miu", tag._dep.miu)
    ask("tell", "present", tag.is_present)

    tag.send_apdu(0x00, 0xA4, 0x04, 0x0C, JPKI)
    tag.send_apdu(0x00, 0xA4, 0x02, 0x0C, CERTIFICATE)
    head = tag.send_apdu(0x00, 0xB0, 0x00, 0x00, mrl=4)
    length = 4 + int.from_bytes(head[2:4], "big")
    certificate = bytearray()
    while len(certificate) < length:
        high, low = divmod(len(certificate), 256)
        most = min(256, length - len(certificate))
        certificate += tag.send_apdu(0x00, 0xB0, high, low, mrl=most)
    ask("tell", "certificate", bytes(certificate).hex())
    whole = tag.transceive(bytearray(READ_ALL))
    ask("tell", "whole", bytes(whole).hex())

    ask("remove")
    ask("tell", "present", tag.is_present)
    device.close()


main()
