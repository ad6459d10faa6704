//! The plot: median time of each case with one connection, by number of users, both axes
//! logarithmic, one panel for each store.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::cases::Case;
use crate::results::{Dataset, thousands};

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 420.0;
/// The space around the lines of a panel, for its title and the numbers of its axes.
const MARGIN: f64 = 56.0;
const COLOURS: [&str; 20] = [
    "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f",
    "#bcbd22", "#17becf", "#000000", "#aa4400", "#005f73", "#9b2226", "#606c38", "#5a189a",
    "#f4a261", "#00b894", "#b5838d", "#3a86ff",
];

/// A logarithmic axis, which maps its range to 0 to 1.
struct Scale {
    from: f64,
    to: f64,
}

impl Scale {
    /// An axis from the power of ten below the least value to the one above the greatest.
    fn over(values: impl Iterator<Item = f64> + Clone) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min).max(1e-3);
        let most = values.fold(least, f64::max);
        let from = least.log10().floor();
        Self {
            from,
            to: most.log10().ceil().max(from + 1.0),
        }
    }

    fn at(&self, value: f64) -> f64 {
        (value.max(1e-3).log10() - self.from) / (self.to - self.from)
    }

    fn tens(&self) -> impl Iterator<Item = f64> {
        let (from, to) = (self.from, self.to);
        (0..20_u32)
            .map(move |step| from + f64::from(step))
            .take_while(move |power| *power <= to)
            .map(|power| 10_f64.powf(power))
    }
}

/// The median times of a case by number of users.
type Lines = BTreeMap<Case, Vec<(f64, f64)>>;

/// An SVG of the results.
pub fn times_by_users(datasets: &[Dataset]) -> String {
    let stores: Vec<&str> = datasets.iter().fold(Vec::new(), |mut stores, dataset| {
        if !stores.contains(&dataset.store) {
            stores.push(dataset.store);
        }
        stores
    });
    let panels: Vec<(&str, Lines)> = stores
        .iter()
        .map(|store| (*store, lines(datasets, store)))
        .collect();
    let points = || {
        panels
            .iter()
            .flat_map(|(_, lines)| lines.values())
            .flatten()
    };
    let users = Scale::over(points().map(|point| point.0));
    let time = Scale::over(points().map(|point| point.1));

    let legend = 240.0;
    let width = WIDTH * count(panels.len()) + legend;
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>"#
    );
    for (number, (store, lines)) in panels.iter().enumerate() {
        let _ = write!(
            svg,
            r#"<g transform="translate({},0)">"#,
            WIDTH * count(number)
        );
        panel(&mut svg, store, lines, &users, &time);
        svg += "</g>";
    }
    let left = WIDTH * count(panels.len());
    for (number, case) in Case::ALL.into_iter().enumerate() {
        let y = MARGIN + 20.0 * count(number);
        let _ = write!(
            svg,
            r#"<line x1="{left}" x2="{}" y1="{y}" y2="{y}" stroke="{}" stroke-width="2"/><text x="{}" y="{}">{}</text>"#,
            left + 20.0,
            colour(case),
            left + 26.0,
            y + 4.0,
            case.name(),
        );
    }
    svg + "</svg>\n"
}

fn lines(datasets: &[Dataset], store: &str) -> Lines {
    let mut lines = Lines::new();
    for dataset in datasets.iter().filter(|dataset| dataset.store == store) {
        for case in Case::ALL {
            let time = dataset.median_of(case, 1, |result| Some(result.measured.median_ms));
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            if let Some(time) = time {
                lines
                    .entry(case)
                    .or_default()
                    .push((dataset.users as f64, time));
            }
        }
    }
    lines
}

fn panel(svg: &mut String, store: &str, lines: &Lines, users: &Scale, time: &Scale) {
    let x = |value: f64| MARGIN + users.at(value) * (WIDTH - 1.5 * MARGIN);
    let y = |value: f64| HEIGHT - MARGIN - time.at(value) * (HEIGHT - 2.0 * MARGIN);
    let (left, right, bottom, top) = (MARGIN, WIDTH - MARGIN / 2.0, HEIGHT - MARGIN, MARGIN);
    let _ = write!(
        svg,
        r#"<text x="{left}" y="24" font-size="14">{store}: median ms with one connection, by number of users</text>"#
    );
    for value in time.tens() {
        let at = y(value);
        let _ = write!(
            svg,
            r##"<line x1="{left}" x2="{right}" y1="{at}" y2="{at}" stroke="#ddd"/><text x="{}" y="{}" text-anchor="end">{value}</text>"##,
            left - 6.0,
            at + 4.0,
        );
    }
    for value in users.tens() {
        let at = x(value);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a power of ten"
        )]
        let label = thousands(value.round() as u64);
        let _ = write!(
            svg,
            r##"<line x1="{at}" x2="{at}" y1="{top}" y2="{bottom}" stroke="#ddd"/><text x="{at}" y="{}" text-anchor="middle">{label}</text>"##,
            bottom + 18.0,
        );
    }
    for (case, points) in lines {
        let path: Vec<String> = points
            .iter()
            .map(|point| format!("{:.1},{:.1}", x(point.0), y(point.1)))
            .collect();
        let colour = colour(*case);
        let _ = write!(
            svg,
            r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/>"#,
            path.join(" "),
        );
        for point in points {
            let _ = write!(
                svg,
                r#"<circle cx="{:.1}" cy="{:.1}" r="3" fill="{colour}"/>"#,
                x(point.0),
                y(point.1),
            );
        }
    }
}

fn colour(case: Case) -> &'static str {
    let position = Case::ALL.into_iter().position(|other| other == case);
    position
        .and_then(|position| COLOURS.get(position))
        .copied()
        .unwrap_or("black")
}

#[expect(clippy::cast_precision_loss, reason = "a handful")]
const fn count(number: usize) -> f64 {
    number as f64
}
