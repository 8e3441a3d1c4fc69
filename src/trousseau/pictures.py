"""Pictures: what somebody uploads in, one small clean WebP out."""

from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from io import BytesIO
from threading import Lock
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_UPLOAD_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 25_000_000
# Its decoder holds every pixel four times over. Cameras write JPEG.
MAX_PIXELS_WEBP = 12_500_000
FORMATS = ("JPEG", "PNG", "WEBP")

# A camera's progressive JPEG has about ten; each costs a pass over all pixels, however few bytes.
MAX_SCANS = 24
PATIENCE_SECONDS = 5

_one_at_a_time = Lock()


class Refusal(StrEnum):
    """Why an upload is refused: codes, which the form turns into words."""

    TOO_LARGE = "too_large"
    NOT_AN_IMAGE = "not_an_image"
    TOO_MANY_PIXELS = "too_many_pixels"
    DAMAGED = "damaged"
    BUSY = "busy"


class PictureRefusedError(Exception):
    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason)
        self.reason = reason


def square(upload: IO[bytes] | bytes, size: int = 256) -> bytes:
    """Turn an upload into an opaque WebP of `size` by `size` pixels.

    The centre of the first frame, the right way up, in sRGB, on white. The result is encoded from
    pixels alone: no EXIF, XMP, ICC profile, comment or appended file of the upload survives.

    At most MAX_UPLOAD_BYTES are read, and no pixel is decoded before the announced dimensions are
    known to be within the limit (VAL-09; ASVS 5.0 V5.2.1, V5.2.2, V5.2.6). One upload at a time is
    decoded in a process, because at the limit it takes memory for a moment: 30 to 100 MB a JPEG,
    220 MB a PNG, 200 MB a WebP.

    Pillow's own limit is a global of the process, so it stays untouched: ours is checked here.

    Raises PictureRefusedError, and nothing else, whatever the bytes are.
    """
    return _converted(upload, lambda image: _webp(image, size))


def fitted(upload: IO[bytes] | bytes, width: int = 480, height: int = 160) -> bytes:
    """Turn an upload into a WebP that fits the box, in its proportions, transparent where it was.

    For an organisation's logo. The same limits and the same refusals as `square`.
    """
    return _converted(upload, lambda image: _logo(image, (width, height)))


def _converted(upload: IO[bytes] | bytes, convert: Callable[["Image"], bytes]) -> bytes:
    data = _read(upload)
    if data.count(b"\xff\xda") > MAX_SCANS and data.startswith(b"\xff\xd8"):
        raise PictureRefusedError(Refusal.DAMAGED)
    if not _one_at_a_time.acquire(timeout=PATIENCE_SECONDS):
        raise PictureRefusedError(Refusal.BUSY)
    try:
        return convert(_open(data))
    except PictureRefusedError:
        raise
    except Exception as fault:
        # Decoders answer hostile bytes with OSError, SyntaxError, struct.error, zlib.error,
        # EOFError, OverflowError… : no list of them would stay complete.
        raise PictureRefusedError(Refusal.DAMAGED) from fault
    finally:
        _one_at_a_time.release()


def _logo(image: "Image", box: tuple[int, int]) -> bytes:
    from PIL import Image  # noqa: PLC0415 - see _open

    image.draft(None, box)
    image.load()
    shrunk = _in_srgb(_resizable(image)).convert("RGBA")
    shrunk.thumbnail(box, Image.Resampling.LANCZOS)
    # Pixels alone are carried over: no metadata of the upload survives.
    clean = Image.frombytes("RGBA", shrunk.size, shrunk.tobytes())
    output = BytesIO()
    clean.save(output, "WEBP", quality=90)
    return output.getvalue()


def _read(upload: IO[bytes] | bytes) -> bytes:
    data = upload if isinstance(upload, bytes) else upload.read(MAX_UPLOAD_BYTES + 1)
    if len(data) > MAX_UPLOAD_BYTES:
        raise PictureRefusedError(Refusal.TOO_LARGE)
    return data


def _open(data: bytes) -> "Image":
    # Pillow takes 15 MB of memory: only the processes that really receive a photo pay for it.
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - see above

    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as fault:
        raise PictureRefusedError(Refusal.NOT_AN_IMAGE) from fault
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise PictureRefusedError(Refusal.TOO_MANY_PIXELS) from fault
    most = MAX_PIXELS_WEBP if image.format == "WEBP" else MAX_PIXELS
    if image.width * image.height > most:
        raise PictureRefusedError(Refusal.TOO_MANY_PIXELS)
    return image


def _webp(image: "Image", size: int) -> bytes:
    shrunk = _on_white(_in_srgb(_centre(image, size)))
    output = BytesIO()
    _upright(shrunk, _orientation(image)).save(output, "WEBP", quality=82)
    return output.getvalue()


def _centre(image: "Image", size: int) -> "Image":
    from PIL import Image  # noqa: PLC0415 - see _open

    # Has JPEG decode at a half, a quarter or an eighth; the other formats ignore it.
    image.draft(None, (2 * size, 2 * size))
    image.load()
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    return _resizable(image).resize(
        (size, size), Image.Resampling.LANCZOS, box=(left, top, left + side, top + side)
    )


def _resizable(image: "Image") -> "Image":
    """Palettes and bitmaps cannot be smoothed, and 16-bit greys would be clipped to white."""
    if image.mode.startswith("I"):
        return image.point(lambda value: value / 256).convert("L")
    if "transparency" in image.info or image.mode in {"PA", "La", "RGBa"}:
        return image.convert("RGBA")
    if image.mode in {"1", "P"}:
        return image.convert("RGB")
    return image


def _in_srgb(image: "Image") -> "Image":
    target = "RGBA" if image.mode in {"RGBA", "LA"} else "RGB"
    profile = image.info.get("icc_profile")
    if profile:
        # A profile that does not fit its image is common (a grey scan carrying an RGB profile):
        # browsers then ignore it, and so do we. ImageCms is absent from some builds of Pillow.
        with suppress(Exception):
            from PIL import ImageCms  # noqa: PLC0415 - see _open

            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode=target,
            )
            if converted is not None:
                return converted
    return image.convert(target)


def _on_white(image: "Image") -> "Image":
    """Copy onto a new image, which carries nothing over but pixels.

    Opaque, because what hides under full transparency would be published with the photo.
    """
    from PIL import Image  # noqa: PLC0415 - see _open

    clean = Image.new("RGB", image.size, "white")
    clean.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return clean


def _orientation(image: "Image") -> int:
    from PIL.ExifTags import Base  # noqa: PLC0415 - see _open

    # Cameras and messengers write broken EXIF: then the photo is taken as it lies.
    with suppress(Exception):
        return int(image.getexif().get(Base.Orientation, 1))
    return 1


def _upright(image: "Image", orientation: int) -> "Image":
    """Turn after shrinking: a turn of the full image would need its memory twice."""
    from PIL import ImageOps  # noqa: PLC0415 - see _open
    from PIL.ExifTags import Base  # noqa: PLC0415 - see _open

    image.getexif()[Base.Orientation] = orientation
    return ImageOps.exif_transpose(image)
