//! A run as plots: one for each group and unit that has sizes, with the last run's lines thinner.

use crate::figure::{Figure, Run};
use anyhow::anyhow;
use plotters::prelude::*;
use std::ops::Range;
use std::path::Path;

const SIZE: (u32, u32) = (860, 480);

/// Draws them into a folder; their file names.
///
/// # Errors
///
/// One cannot be drawn or written.
pub fn all(folder: &Path, run: &Run, before: Option<&Run>) -> anyhow::Result<Vec<String>> {
    let series: Vec<Vec<&Figure>> = run.series().into_iter().filter(|of| has_sizes(of)).collect();
    let mut plots: Vec<Vec<&Vec<&Figure>>> = Vec::new();
    for of in &series {
        let same =
            |plot: &&mut Vec<&Vec<&Figure>>| (&plot[0][0].group, &plot[0][0].unit) == (&of[0].group, &of[0].unit);
        match plots.iter_mut().find(same) {
            Some(plot) => plot.push(of),
            None => plots.push(vec![of]),
        }
    }
    let mut names = Vec::new();
    for (number, plot) in plots.iter().enumerate() {
        let name = format!("{}-{number}.svg", plot[0][0].group);
        draw(&folder.join(&name), plot, before).map_err(|error| anyhow!("{name}: {error}"))?;
        names.push(name);
    }
    Ok(names)
}

fn has_sizes(series: &[&Figure]) -> bool {
    series.len() > 1 && series.iter().all(|figure| figure.at.is_some())
}

fn points(series: &[&Figure]) -> Vec<(f64, f64)> {
    series.iter().filter_map(|figure| Some((figure.at?, figure.value))).collect()
}

fn draw(file: &Path, series: &[&Vec<&Figure>], before: Option<&Run>) -> Result<(), Box<dyn std::error::Error>> {
    let first = series[0][0];
    let old = |of: &[&Figure]| -> Vec<(f64, f64)> {
        let then = of.iter().filter_map(|figure| before?.same(figure)).collect::<Vec<_>>();
        points(&then)
    };
    let all: Vec<(f64, f64)> = series.iter().flat_map(|of| points(of).into_iter().chain(old(of))).collect();
    let area = SVGBackend::new(file, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let title = format!("{}: {}", first.group, first.unit);
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(70)
        .build_cartesian_2d(
            range(all.iter().map(|point| point.0)).log_scale(),
            range(all.iter().map(|point| point.1)).log_scale(),
        )?;
    chart.configure_mesh().x_desc(&first.sizes).y_desc(&first.unit).light_line_style(WHITE).draw()?;
    for (number, of) in series.iter().enumerate() {
        let color = Palette99::pick(number).to_rgba();
        chart.draw_series(LineSeries::new(old(of), color.mix(0.35).stroke_width(1)))?;
        chart
            .draw_series(LineSeries::new(points(of), color.stroke_width(2)).point_size(3))?
            .label(of[0].series.clone())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()?;
    Ok(())
}

/// What a logarithmic axis must hold.
fn range(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = values
        .filter(|&value| value > 0.0)
        .fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    if low > high { 0.1..10.0 } else { low / 1.3..high * 1.5 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_with_sizes_are_drawn_and_others_are_not() {
        let mut run = Run::begun(true);
        for (at, value) in [(1e3, 30.0), (1e5, 28.0)] {
            run.figures.push(Figure::new("kernels", "water", value, "ns").at(at, "particles"));
        }
        run.figures.push(Figure::new("memory", "fountain", 380.0, "MB"));
        let folder = std::env::temp_dir().join(format!("tidepool-plot-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let names = all(&folder, &run, Some(&run)).unwrap();
        let text = std::fs::read_to_string(folder.join(&names[0])).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(names, ["kernels-0.svg"]);
        assert!(text.contains("water") && text.contains("particles") && text.contains("polyline"), "{text}");
    }
}
