//! Revenue and profit over the values that were tried.

use super::amounts::Amounts;
use super::columns::{Plot, Slot, pixels};
use super::markup::Markup;
use super::scale::{Scale, percent};
use crate::money::Precise;
use crate::report::profit::Figures;

const HEIGHT: i128 = 220;
/// Labels below the chart at most, on a wide page and on a narrow one.
const LABELS: [usize; 2] = [12, 3];

/// A figure among others.
type Of = fn(&Figures) -> Precise;

/// What is drawn of each value.
const LINES: [(&str, &str, Of); 2] = [("revenue", "Revenue", Figures::revenue), ("profit", "Profit", Figures::profit)];

/// A value, and what it comes to.
pub(super) type Point<'a> = (&'a str, &'a Figures);

/// The curve, with what the base comes to as a dashed line across it.
pub(super) fn curve(m: &mut Markup, points: &[Point], base: &Figures, amounts: &Amounts) {
    let all = points.iter().map(|(_, figures)| *figures).chain([base]);
    let values = all.flat_map(|figures| LINES.map(|(_, _, of)| of(figures).count()));
    let plot = Plot::new(Scale::of(values, amounts.one()), HEIGHT, amounts);
    m.raw("<figure class=\"columns\" style=\"--axis:").text(plot.label_width()).raw(";--slots:").text(points.len());
    m.raw("\">\n<figcaption>");
    for (class, title, _) in LINES {
        m.raw("<span class=\"key\"><svg class=\"curve ").raw(class);
        m.raw("\" width=\"14\" height=\"12\" aria-hidden=\"true\"><line x1=\"0\" x2=\"14\" y1=\"6\" y2=\"6\"/></svg> ");
        m.raw(title).raw("</span>\n");
    }
    m.raw("<span class=\"key\">Dashed: as it is</span>\n</figcaption>\n<svg class=\"plot\" role=\"img\" height=\"");
    m.text(HEIGHT).raw("\" aria-label=\"Revenue and profit by value; the table above has the figures\">\n");
    plot.axis(m);
    for (class, _, of) in LINES {
        m.raw("<g class=\"curve ").raw(class).raw("\">");
        line(m, &plot, points, base, of);
        m.raw("</g>\n");
    }
    let slot = |index: usize| Slot { index: index as i128, count: points.len() as i128 };
    for (index, (value, figures)) in points.iter().enumerate() {
        m.raw("<g><title>").text(value).raw(": ").text(amounts.sentence(figures));
        m.raw("</title><rect class=\"hover\" y=\"0\" height=\"100%\" x=\"").text(percent(slot(index).left()));
        m.raw("\" width=\"").text(percent(slot(index).width())).raw("\"/></g>\n");
    }
    labels(m, points, slot);
    m.raw("</svg>\n</figure>\n");
}

/// One of the figures from value to value.
fn line(m: &mut Markup, plot: &Plot, points: &[Point], base: &Figures, of: Of) {
    let at = |(index, (_, figures)): (usize, &Point)| {
        let slot = Slot { index: index as i128, count: points.len() as i128 };
        (percent(slot.left() + slot.width() / 2), pixels(plot.y(of(figures).count())))
    };
    let places: Vec<(String, String)> = points.iter().enumerate().map(at).collect();
    let across = pixels(plot.y(of(base).count()));
    segment(m, "<line class=\"base\"", ("0", &across), ("100%", &across));
    for pair in places.windows(2) {
        segment(m, "<line", (&pair[0].0, &pair[0].1), (&pair[1].0, &pair[1].1));
    }
    for (x, y) in &places {
        m.raw("<circle r=\"3.5\" cx=\"").text(x).raw("\" cy=\"").text(y).raw("\"/>");
    }
}

fn segment(m: &mut Markup, tag: &'static str, from: (&str, &str), to: (&str, &str)) {
    m.raw(tag).raw(" x1=\"").text(from.0).raw("\" y1=\"").text(from.1).raw("\" x2=\"").text(to.0);
    m.raw("\" y2=\"").text(to.1).raw("\"/>");
}

/// The values, as many as there is room for; more on a wide page than on a narrow one.
fn labels(m: &mut Markup, points: &[Point], slot: impl Fn(usize) -> Slot) {
    let [wide, narrow] = LABELS.map(|most| points.len().div_ceil(most).max(1));
    // Every label of a narrow page is one of a wide page too.
    let narrow = narrow.div_ceil(wide) * wide;
    for (index, (value, _)) in points.iter().enumerate().step_by(wide) {
        m.raw(if index % narrow == 0 { "<text" } else { "<text class=\"wide\"" }).raw(" text-anchor=\"middle\" x=\"");
        m.text(percent(slot(index).left() + slot(index).width() / 2)).raw("\" y=\"").text(HEIGHT + 22).raw("\">");
        m.text(value).raw("</text>");
    }
}
