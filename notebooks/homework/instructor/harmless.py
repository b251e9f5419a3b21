"""What a student wrote, made harmless for the browser of whoever opens it.

What is stored is already harmless, whatever shows it: outputs are text and pictures only, and in a
text no HTML can begin. Where we set up the page (Formgrader, feedback) the sanitiser nh3 has the
last word. Code, printed text and error messages need nothing: the pages escape them.
"""

import base64
import binascii
import re

from notebook_json import text_of

# A picture is what its first bytes say, and nothing but letters of base64 go into the page.
PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
MOST_TEXT, MOST_PICTURES = 20_000, 5_000_000  # characters and bytes of one cell's outputs

TAG_OR_ENTITY = re.compile(r"([<&])(?=[A-Za-z/!?#])")
PICTURE = re.compile(r"!(?=\[)")  # opening it would send a request, with the reader's cookies
CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")  # colours, bells
SCHEME = re.compile(r"(?:java|vb)script(?=\\*\s*:)|data(?=\\*:\S)", re.IGNORECASE)


def harmless_text(markdown: str) -> str:
    """Return Markdown in which no tag, entity, picture or script begins: a space is in its way.

    In a formula or a code span the space changes next to nothing: `$a<b$` becomes `$a< b$`.
    """
    quiet = TAG_OR_ENTITY.sub(r"\1 ", PICTURE.sub("! ", markdown))
    return SCHEME.sub(r"\g<0> ", quiet)


def harmless_outputs(outputs) -> tuple[list, set[str]]:
    """Return the text, errors and pictures of a cell, and which kinds were left out."""
    kept, left_out = [], set()
    text, pictures = MOST_TEXT, MOST_PICTURES
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream":
            written = _text(output.get("text"), text)
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            kept.append({"output_type": kind, "name": name, "text": written})
        elif kind == "error":
            written = _text("\n".join(map(text_of, output.get("traceback", [])[:50])), text)
            value = {key: _text(output.get(key), 500) for key in ("ename", "evalue")}
            kept.append({"output_type": kind, **value, "traceback": written.split("\n")})
        else:
            data = output.get("data", {})
            left_out |= set(data) - {*PICTURES, "text/plain"}
            shown = {name: _picture(data.get(name), name, pictures) for name in PICTURES}
            shown = {name: picture for name, picture in shown.items() if picture}
            pictures -= sum(map(len, shown.values()))
            written = _text(data.get("text/plain"), text)
            shown["text/plain"] = written
            kept.append({"output_type": "display_data", "metadata": {}, "data": shown})
        text = max(0, text - len(written))
    return kept, left_out


def _text(given, most: int) -> str:
    text = CONTROL.sub("", text_of(given).replace("\r\n", "\n"))
    return text if len(text) <= most else text[:most] + " [...]"


def _picture(given, name: str, most: int) -> str:
    try:
        content = base64.b64decode(_text(given, 2 * most), validate=False)
    except (binascii.Error, ValueError):
        return ""
    if not content.startswith(PICTURES[name]) or len(content) > most:
        return ""
    return base64.b64encode(content).decode()


def shown_markdown(source: str) -> str:
    """Return Markdown as HTML for the pages that we set up; links lead to the web only."""
    import nh3
    from nbconvert.filters.markdown import markdown2html

    return nh3.clean(
        markdown2html(source),
        tags=nh3.ALLOWED_TAGS - {"img"},
        attributes=nh3.ALLOWED_ATTRIBUTES | {"*": {"class", "id"}},
        url_schemes={"http", "https", "mailto"},
    )
