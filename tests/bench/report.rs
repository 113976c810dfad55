//! What is printed: the machine, samples, their minimum, median and maximum, and the ratio to a floor.

use std::process::Command;

/// The samples of one figure, in the order in which they were taken.
#[derive(Clone, Default)]
pub struct Samples(pub Vec<f64>);

impl Samples {
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    pub fn median(&self) -> f64 {
        let sorted = self.sorted();
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    /// `min / median / max unit (raw …)`.
    pub fn print(&self, name: &str, unit: &str) {
        let sorted = self.sorted();
        let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return };
        let raw: Vec<String> = self.0.iter().map(|value| figure(*value)).collect();
        println!(
            "  {name:<44} {} / {} / {} {unit}   (raw {})",
            figure(*first),
            figure(self.median()),
            figure(*last),
            raw.join(" ")
        );
    }

    /// The ratio of the medians.
    pub fn print_ratio(&self, name: &str, floor: &Samples) {
        println!("  {name:<44} {} ×", figure(self.median() / floor.median()));
    }
}

/// Three significant digits, whole from 100.
pub fn figure(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// The value below which `share` of the sorted values are.
pub fn percentile(sorted: &[u32], share: f64) -> f64 {
    let at = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(f64::NAN, |value| f64::from(*value))
}

pub fn title(text: &str) {
    println!("\n{text}");
}

pub fn note(text: &str) {
    println!("  {text}");
}

/// Facts that a figure is worth nothing without.
pub fn machine() {
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    };
    let model = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        model.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1)).unwrap_or("?");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let sipp = said("sipp", &["-v"]);
    let profile = if cfg!(debug_assertions) { "dev (opt-level 1, as shipped)" } else { "release" };
    println!("machine   {cores} cores, {model}, Linux {}", said("uname", &["-r"]));
    println!("date      {}", said("date", &["-u", "+%Y-%m-%d %H:%M UTC"]));
    println!("commit    {}", said("git", &["describe", "--always", "--dirty"]));
    println!("profile   {profile}, {}", said("rustc", &["--version"]));
    println!("load      {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    println!("sipp      {}", sipp.lines().find(|line| line.contains("SIPp")).unwrap_or("missing").trim());
    let folder = std::env::temp_dir();
    println!(
        "files     {} on {}",
        folder.display(),
        said("stat", &["-f", "-c", "%T", &folder.to_string_lossy()])
    );
}
