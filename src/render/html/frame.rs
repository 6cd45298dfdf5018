//! What every page begins and ends with.

use super::markup::Markup;

/// No script, no font, no image, no address: only the style in the page itself.
const HEAD: &str = "\
<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\"/>
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>
<meta name=\"color-scheme\" content=\"light dark\"/>
<title>";

/// What hatches losses, so that they can be told without colour.
const HATCH: &str = "\
<svg width=\"0\" height=\"0\" class=\"defs\" aria-hidden=\"true\"><defs>
<pattern id=\"hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">
<rect class=\"back\" width=\"5\" height=\"5\"/><rect class=\"stripe\" width=\"2\" height=\"5\"/>
</pattern></defs></svg>
";

/// All that stands before what a page says.
pub(super) fn begin(m: &mut Markup, title: &'static str) {
    m.raw(HEAD).raw(title).raw("</title>\n<style>\n").raw(include_str!("style.css"));
    m.raw("</style>\n</head>\n<body>\n").raw(HATCH).raw("<main>\n");
}

/// All that stands after it.
pub(super) fn end(m: &mut Markup) {
    m.raw("</main>\n</body>\n</html>\n");
}
