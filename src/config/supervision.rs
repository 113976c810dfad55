//! Who supervises whom: `supervisor` and `supervises` of `[[firms.agents]]`, checked.

use super::check::Checker;
use super::raw;
use toml::Spanned;
use warmline_coordination::settings::{QueueSettings, Supervision};

impl Checker {
    /// None: he is an agent like the others.
    pub(super) fn supervision(&mut self, raw: &raw::Agent, queues: &[QueueSettings]) -> Option<Supervision> {
        if let Some(first) = raw.supervises.first().filter(|_| !raw.supervisor) {
            self.error(first, "supervises does nothing without supervisor = true");
        }
        for name in &raw.supervises {
            if !queues.iter().any(|queue| queue.name == *name.get_ref()) {
                self.error(name, format!("there is no queue `{}`", name.get_ref()));
            }
        }
        let queues = raw.supervises.iter().map(Spanned::get_ref).cloned();
        raw.supervisor.then(|| Supervision { queues: queues.collect() })
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use std::path::Path;
    use warmline_coordination::settings::Supervision;

    fn read(more: &str) -> Result<Option<Supervision>, String> {
        let station = "station = \"browser\"";
        let text =
            include_str!("../../docs/example.toml").replacen(station, &format!("{station}\n{more}\n#"), 1);
        match parse(Path::new("w.toml"), &text) {
            Ok(config) => Ok(config.firms[0].agents[0].supervisor.clone()),
            Err(errors) => Err(errors[0].to_string()),
        }
    }

    #[test]
    fn supervisors_are_named_and_their_queues_are_there() {
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("supervisor = true"), Ok(Some(Supervision::default())));
        let scope = Supervision { queues: vec!["sales".into()] };
        assert_eq!(read("supervisor = true\nsupervises = [\"sales\"]"), Ok(Some(scope)));
        let wrong = read("supervisor = true\nsupervises = [\"nowhere\"]").unwrap_err();
        assert!(wrong.contains("no queue `nowhere`"), "{wrong}");
        let wrong = read("supervises = [\"sales\"]").unwrap_err();
        assert!(wrong.contains("supervisor = true"), "{wrong}");
    }
}
