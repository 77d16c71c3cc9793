#!/usr/bin/env python3
"""ImageDecoder against Pillow: every format in every way that Pillow writes it, pixel by pixel; then broken streams.

usage: image.py [--seed=N] [--mutants=N]

Each stream is decoded as RGB, BGR and Grayscale.  Files that Pillow does not write (run lengths, masks, text forms) are
written here.  Mutants are streams with some bytes changed, or cut: whatever comes of them, the process lives, nothing is
printed, and a picture has the promised number of channels.
"""
import io
import os
import random
import struct
import sys
import tempfile

import numpy as np
import PIL.Image

import sardonyx

MODEL = ('<ir_version: 9, opset_import: ["" : 20]> g (uint8[N] x) => (uint8[H, W, C] y) '
         '{ y = ImageDecoder<pixel_format = "%s">(x) }')
SESSIONS = {f: sardonyx.Session(sardonyx.Model.parse(MODEL % f)) for f in ("RGB", "BGR", "Grayscale")}


def decode(stream, pixel_format="RGB"):
    return SESSIONS[pixel_format].run(None, [np.frombuffer(stream, np.uint8)])[0]


def luma(rgb):
    r, g, b = (rgb[..., i].astype(np.uint32) for i in range(3))
    return ((19595 * r + 38470 * g + 7471 * b + 0x8000) >> 16).astype(np.uint8)[..., None]


def pictures():
    """Smooth, noisy, flat, and of awkward sizes; modes RGB, L, RGBA, P, 1, CMYK."""
    noise = np.random.default_rng(1)
    for height, width in ((1, 1), (1, 17), (19, 1), (13, 29), (64, 48)):
        y, x = np.mgrid[0:height, 0:width]
        smooth = np.stack([4 * x, 3 * y, 2 * (x + y)], -1).astype(np.uint8)
        rough = noise.integers(0, 256, (height, width, 3), np.uint8)
        for name, pixels in (("smooth", smooth), ("noise", rough), ("flat", np.full_like(smooth, 77))):
            rgb = PIL.Image.fromarray(pixels)
            yield f"{name} {width}x{height}", rgb


def written(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def from_pillow():
    for name, rgb in pictures():
        modes = {m: rgb.convert(m) for m in ("RGB", "L", "1", "P", "CMYK")}
        modes["RGBA"] = rgb.convert("RGBA")
        modes["RGBA"].putalpha(rgb.convert("L"))
        ways = [("PNG", m, {}) for m in ("RGB", "L", "1", "P", "RGBA")]
        ways += [("JPEG", m, {"quality": q, "subsampling": s, "progressive": p})
                 for m in ("RGB", "L", "CMYK") for q, s, p in ((90, 0, 0), (75, 2, 0), (30, 1, 1), (60, 2, 1))]
        ways += [("WEBP", m, {"lossless": lossless, "quality": 70}) for m in ("RGB", "RGBA") for lossless in (0, 1)]
        ways += [("TIFF", m, {"compression": c}) for m in ("RGB", "RGBA", "L", "1", "P")
                 for c in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits")]
        ways += [("JPEG2000", m, {"irreversible": i}) for m in ("RGB", "L", "RGBA") for i in (0, 1)]
        ways += [("BMP", m, {}) for m in ("RGB", "L", "1", "P", "RGBA")]
        ways += [("PPM", m, {}) for m in ("RGB", "L", "1")]
        for kind, mode, options in ways:
            yield f"{kind} {mode} {options} {name}", written(modes[mode], kind, **options)


def dib(width, height, bits, how, rest, pixels, used=0):
    """A bitmap with a header of 40 bytes, `rest` behind it, then the pixels."""
    at = 14 + 40 + len(rest)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, how, len(pixels), 0, 0, used, 0)
    return b"BM" + struct.pack("<IHHI", at + len(pixels), 0, 0, at) + info + rest + pixels


def by_hand():
    """Streams with what has to come out."""
    palette = b"".join(bytes([i, 2 * i % 256, 255 - i, 0]) for i in range(256))

    def rgb(index):
        index = np.array(index)
        return np.stack([255 - index, 2 * index % 256, index], -1).astype(np.uint8)

    runs = bytes([3, 7, 2, 9, 0, 0, 0, 3, 1, 2, 3, 0, 0, 2, 1, 0, 1, 5, 0, 1])
    yield ("run lengths of 8 bits", dib(5, 3, 8, 1, palette, runs),
           rgb([[0, 0, 0, 0, 0], [1, 2, 3, 0, 5], [7, 7, 7, 9, 9]]))
    yield ("run lengths of 4 bits", dib(4, 2, 4, 2, palette[:64], bytes([3, 0x12, 1, 0x30, 0, 0, 0, 4, 0x45, 0x67, 0, 1])),
           rgb([[4, 5, 6, 7], [1, 2, 1, 3]]))
    yield ("a delta of rows", dib(2, 3, 8, 1, palette, bytes([1, 1, 0, 2, 0, 2, 1, 2, 0, 1])),
           rgb([[0, 2], [0, 0], [1, 0]]))
    masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F)
    yield ("16 bits, masks", dib(1, 1, 16, 3, masks, struct.pack("<HH", 0xF81F, 0)), np.array([[[255, 0, 255]]]))
    yield ("15 bits", dib(1, 1, 16, 0, b"", struct.pack("<HH", 16 << 10 | 31 << 5 | 1, 0)), np.array([[[131, 255, 8]]]))
    yield ("32 bits, from the top", dib(1, -2, 32, 0, b"", bytes([1, 2, 3, 0, 4, 5, 6, 0])),
           np.array([[[3, 2, 1]], [[6, 5, 4]]]))
    yield ("2 bits", dib(4, 1, 2, 0, palette[:16], bytes([0b00011011, 0, 0, 0]), used=4), rgb([[0, 1, 2, 3]]))
    core = b"BM" + struct.pack("<IHHI", 0, 0, 0, 26 + 6) + struct.pack("<IHHHH", 12, 9, 1, 1, 1)
    yield ("OS/2", core + bytes([1, 2, 3, 4, 5, 6]) + bytes([0b10110000, 0b10000000, 0, 0]),
           np.array([[[6, 5, 4] if b else [3, 2, 1] for b in (1, 0, 1, 1, 0, 0, 0, 0, 1)]]))
    gray = np.repeat(np.array([[0, 128, 255], [51, 26, 76]])[..., None], 3, -1)
    yield "pgm as text", b"P2 # a comment\n3 2 # more\n10\n0 5 10\n2 1 3", gray
    yield "pbm as text", b"P1\n3 2\n010\n1 0 1\n", 255 * np.repeat(np.array([[1, 0, 1], [0, 1, 0]])[..., None], 3, -1)
    yield "ppm as text", b"P3 1 1 255 1 2 3 ", np.array([[[1, 2, 3]]])
    yield "pgm of two bytes", b"P5 2 1 65535\n" + struct.pack(">HH", 65535, 257), np.array([[[255] * 3, [1] * 3]])


def broken():
    yield "nothing", b""
    yield "not a picture", b"GIF89a" + bytes(100)
    for name, stream in (("PNG", written(PIL.Image.new("RGB", (40, 40), "red"), "PNG")),
                         ("JPEG", written(PIL.Image.effect_noise((80, 80), 60).convert("RGB"), "JPEG")),
                         ("WEBP", written(PIL.Image.effect_noise((80, 80), 60).convert("RGB"), "WEBP")),
                         ("TIFF", written(PIL.Image.new("RGB", (40, 40), "red"), "TIFF")),
                         ("BMP", written(PIL.Image.new("RGB", (40, 40), "red"), "BMP")),
                         ("PPM", written(PIL.Image.new("RGB", (40, 40), "red"), "PPM"))):
        yield f"{name}, cut", stream[:len(stream) * 2 // 3]
    yield "run lengths without an end", dib(5, 3, 8, 1, bytes(1024), bytes([3, 7]))
    yield "a sample above the largest", b"P2 1 1 3 4"
    yield "no width", b"P6 0 5 255\n"
    yield "more tiles than bytes", jpeg2000(16000, 64)
    yield "more pixels than bytes", b"P5 9999 9999 255\n" + bytes(100)
    yield "more pixels than bytes", dib(20000, 20000, 24, 0, b"", bytes(100))


def too_large():
    ihdr = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    yield "PNG", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    yield "JPEG 2000", jpeg2000(60000, 60000)
    yield "run lengths", dib(60000, 60000, 8, 1, bytes(1024), bytes([0, 1]))


def jpeg2000(side, tile):
    """A few bytes that claim to be a picture of that many pixels, in tiles."""
    stream = bytearray(written(PIL.Image.new("RGB", (64, 64)), "JPEG2000", no_jp2=True))
    at = stream.index(b"\xff\x51") + 6
    struct.pack_into(">II", stream, at, side, side)
    struct.pack_into(">II", stream, at + 16, tile, tile)
    return bytes(stream)


def chunk(kind, data):
    import zlib
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def mutant(rng, stream):
    stream = bytearray(stream)
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = min(int(len(stream) * rng.random() ** rng.choice((1, 4))), len(stream) - 1)  # headers more often
        stream[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
    return bytes(stream[:rng.randrange(len(stream))] if rng.random() < 0.2 else stream)


class Complaints:
    def __init__(self):
        self.n = 0

    def __call__(self, what):
        self.n += 1
        if self.n <= 20:
            print(what)


def same(complain, name, got, want):
    if got.shape != want.shape:
        complain(f"{name}: {got.shape}, not {want.shape}")
    elif not np.array_equal(got, want):
        far = np.abs(got.astype(int) - want)
        complain(f"{name}: {np.count_nonzero(far)} of {far.size} samples differ, by up to {far.max()}")


def said_by(function):
    """What it writes to the standard streams, below Python's own."""
    with tempfile.TemporaryFile() as file:
        sys.stdout.flush()
        kept = os.dup(1), os.dup(2)
        os.dup2(file.fileno(), 1), os.dup2(file.fileno(), 2)
        try:
            function()
        finally:
            sys.stdout.flush()
            os.dup2(kept[0], 1), os.dup2(kept[1], 2)
        file.seek(0)
        return file.read()


def main():
    options = dict(a.lstrip("-").split("=") for a in sys.argv[1:])
    rng = random.Random(int(options.get("seed", 1)))
    complain = Complaints()
    seeds = []
    for name, stream in from_pillow():
        want = np.array(PIL.Image.open(io.BytesIO(stream)).convert("RGB"))
        same(complain, name, decode(stream), want)
        same(complain, f"{name} as BGR", decode(stream, "BGR"), want[..., ::-1])
        same(complain, f"{name} in gray", decode(stream, "Grayscale"), luma(want))
        seeds.append(stream)
    compared = len(seeds)
    for name, stream, want in by_hand():
        same(complain, name, decode(stream), want)
        seeds.append(stream)
    for name, stream in broken():
        same(complain, name, decode(stream), np.zeros((0, 0, 3)))
        same(complain, name, decode(stream, "Grayscale"), np.zeros((0, 0, 1)))
    for name, stream in too_large():
        try:
            complain(f"{name}: a picture of {decode(stream).shape}")
        except sardonyx.LimitError as error:
            if "60000 x 60000" not in str(error):
                complain(f"{name}: {error}")
    mutants = int(options.get("mutants", 20000))
    decoded = refused = 0

    def all_mutants():
        nonlocal decoded, refused
        for _ in range(mutants):
            stream = mutant(rng, rng.choice(seeds))
            try:
                got = decode(stream)
            except sardonyx.LimitError:
                refused += 1
                continue
            decoded += got.size > 0
            if got.shape[2] != 3:
                complain(f"{got.shape} of {stream.hex()}")

    said = said_by(all_mutants)
    if said:
        complain(f"a decoder says {said[:200]}")
    print(f"image: {compared} streams as Pillow {PIL.__version__} decodes them, {len(seeds) - compared} by hand, {mutants} "
          f"mutants ({decoded} pictures, {refused} too large), {complain.n} complaints")
    sys.exit(complain.n != 0 or compared == 0)


main()
