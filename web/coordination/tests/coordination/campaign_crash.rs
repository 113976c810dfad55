//! The power fails anywhere in the life of a campaign (E15, C12): no number is dialled twice for one attempt, none while an earlier call
//! may ring yet, and no job is lost.

use crate::campaign::{fill, firm, job, look, number, terms};
use crate::crash::*;
use crate::world::*;
use warmline_coordination::campaign::CampaignVerb;
use warmline_coordination::ids::CampaignId;
use warmline_coordination::request::*;

#[derive(Debug)]
struct Story {
    setting: Setting,
    /// Priority and answers of each.
    people: Vec<(u8, Vec<Answer>)>,
    /// Somebody else stops it and lets it go on meanwhile.
    stops: Option<u64>,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let people = (0..2 + dice.roll(4)).map(|_| (1 + dice.roll(7) as u8, Answer::some(&mut dice)));
        let people = people.collect();
        let stops = (dice.roll(3) == 0).then(|| 1 + dice.roll(60));
        Story { setting: Setting::new(seed, &mut dice), people, stops }
    }

    fn run(&self, point: u32, again: Option<u32>) -> Vec<u64> {
        let mut stage = Stage::new(acme(), &self.setting, point, again);
        let numbers: Vec<_> = (1..=self.people.len() as u64).map(number).collect();
        for (number, (_, answers)) in numbers.iter().zip(&self.people) {
            stage.answers.insert(number.clone(), answers.clone());
        }
        stage.will(0, Deed::Comes(0));
        for (n, after) in self.stops.into_iter().flat_map(|after| [(1, after), (2, after + 40)]) {
            stage.will(after, Deed::Comes(n));
        }
        let comes = |stage: &mut Stage, n: usize| match n {
            0 => self.begins(stage),
            1 => sets(stage, CampaignVerb::Pause),
            _ => sets(stage, CampaignVerb::Start),
        };
        stage.play(comes, |stage| {
            let waiting = campaign(stage).map(|(_, waiting)| waiting);
            waiting == Some(0) && stage.w.firms.counters().jobs_open == 0
        });
        let (id, _) = campaign(&mut stage).expect("it is there");
        for number in numbers {
            stage.was_served(&number);
        }
        assert_eq!(look(&mut stage.w, id).jobs, self.people.len());
        assert_eq!(fill(&mut stage.w, id, vec![job(1, 4)]).accepted, 0, "a number is forgotten");
        stage.crashes
    }

    fn begins(&self, stage: &mut Stage) {
        let id = loop {
            if let Some((id, _)) = campaign(stage) {
                break id;
            }
            let _ = stage.insist(Request::OpenCampaign {
                firm: firm(),
                by: "crm".into(),
                terms: Box::new(terms()),
            });
        };
        let jobs = self.people.iter().enumerate().map(|(n, (rank, _))| (n + 1, Ok(job(n as u64 + 1, *rank))));
        stage.insist(Request::FillCampaign {
            firm: firm(),
            by: "crm".into(),
            campaign: id,
            jobs: jobs.collect(),
        });
        sets(stage, CampaignVerb::Start);
    }
}

/// The campaign, and how many wait in its hopper.
fn campaign(stage: &mut Stage) -> Option<(CampaignId, usize)> {
    match stage.insist(Request::Campaigns { firm: firm(), campaign: None }) {
        Reply::Campaigns(rows) => rows.first().map(|row| (row.id, row.waiting)),
        other => panic!("{other:?}"),
    }
}

fn sets(stage: &mut Stage, verb: CampaignVerb) {
    let (id, _) = campaign(stage).expect("it is there");
    stage.insist(Request::SetCampaign { firm: firm(), by: "crm".into(), campaign: id, verb });
}

#[test]
fn e15_the_power_fails_anywhere_in_a_campaign_and_nobody_is_dialled_twice_or_lost() {
    fails_everywhere("campaign_crash", (200, 5_000), Story::new, Story::run);
}
