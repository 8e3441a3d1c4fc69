"""Uploads to try on the photo module, all drawn here: nobody's picture is in the tests."""

import struct
import zlib
from io import BytesIO

from PIL import Image, ImageDraw
from PIL.ExifTags import GPS, IFD, Base


def encoded(image: Image.Image, file_format: str, **options: object) -> bytes:
    output = BytesIO()
    image.save(output, file_format, **options)
    return output.getvalue()


def quarters(width: int = 600, height: int = 600) -> Image.Image:
    """Red, lime, blue and yellow corners: tells which way up a picture is."""
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    x, y = width // 2, height // 2
    for corner, colour in (
        ((0, 0, x, y), "red"),
        ((x, 0, width, y), "lime"),
        ((0, y, x, height), "blue"),
        ((x, y, width, height), "yellow"),
    ):
        draw.rectangle(corner, fill=colour)
    return image


def corners(photo: bytes) -> list[str]:
    """The nearest colour names of the four quarters, in reading order."""
    names = {
        (255, 0, 0): "red",
        (0, 255, 0): "lime",
        (0, 0, 255): "blue",
        (255, 255, 0): "yellow",
        (255, 255, 255): "white",
        (0, 0, 0): "black",
        (128, 128, 128): "grey",
    }
    with Image.open(BytesIO(photo)) as image:
        rgb = image.convert("RGB")
    near, far = rgb.width // 4, rgb.width * 3 // 4
    found = []
    for point in ((near, near), (far, near), (near, far), (far, far)):
        pixel = rgb.getpixel(point)
        assert isinstance(pixel, tuple)
        found.append(
            min(names, key=lambda c: sum((a - b) ** 2 for a, b in zip(c, pixel, strict=True))),
        )
    return [names[colour] for colour in found]


def exif(orientation: int = 1) -> Image.Exif:
    """What a telephone writes: where, with what, when, which way up."""
    tags = Image.Exif()
    tags[Base.Orientation] = orientation
    tags[Base.Make] = "Telephone of Lisa"
    tags[Base.DateTime] = "2026:09:01 08:00:00"
    position = tags.get_ifd(IFD.GPSInfo)
    position[GPS.GPSLatitudeRef] = "N"
    position[GPS.GPSLatitude] = (42.0, 22.0, 27.0)
    position[GPS.GPSLongitudeRef] = "E"
    position[GPS.GPSLongitude] = (9.0, 29.0, 26.0)
    return tags


def png(width: int, height: int, pixels: bytes) -> bytes:
    """A one-bit PNG that announces the given dimensions, whatever `pixels` really holds."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def png_bomb(width: int, height: int) -> bytes:
    row = bytes(1 + (width + 7) // 8)
    deflate = zlib.compressobj(9)
    body = b"".join(deflate.compress(row) for _ in range(height)) + deflate.flush()
    return png(width, height, body)


def red_green_swapped_profile() -> bytes:
    """An RGB profile that calls green what sRGB calls red: shows whether a profile is obeyed.

    ICC.1:2010 §7 and §10: header, tag table, then XYZ primaries and one gamma curve.
    """
    red, green, blue = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)

    def xyz(values: tuple[float, ...]) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"swap\0" + bytes(79)
    tags = {
        b"desc": name,
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
        b"wtpt": xyz((0.9642, 1.0, 0.8249)),
        b"rXYZ": xyz(green),
        b"gXYZ": xyz(red),
        b"bXYZ": xyz(blue),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body = struct.pack(">I", len(tags)), b""
    for tag, content in tags.items():
        offset = 128 + 4 + 12 * len(tags) + len(body)
        table += tag + struct.pack(">II", offset, len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(
        ">I4sI4s4s4s12s4s", 128 + len(table + body), b"", 0x02400000, b"mntr", b"RGB ", b"XYZ ",
        bytes(12), b"acsp",
    )  # fmt: skip
    illuminant = struct.pack(">3i", 63190, 65536, 54061)
    return (header + bytes(28) + illuminant).ljust(128, b"\0") + table + body
