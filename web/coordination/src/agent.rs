//! An agent: presence, reachability, and the offer in hand: claimed → offered → talking → wrapping → idle. One thing at a time.

use crate::chat::ChatCard;
use crate::cti::{Cause, Device, Verified};
use crate::firm::resume::Return;
use crate::firm::warm_line::Choosing;
use crate::identity::Identity;
use crate::ids::{CallId, ContactId, DecisionId, InvitationId, ProbeId, ReservationId};
use crate::notice::AgentNotice;
use crate::request::{Page, Presence};
use crate::settings::{AgentSettings, AutoAnswer, FirmSettings, QueueSettings, Represents, Station};
use crate::view::{AgentState, ColleagueView, CurrentView, MeView, PoolNotice};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use warmline_time::Time;

/// What binds an agent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Work {
    /// Nothing.
    Idle,
    /// A visitor's call is expected, or a job's callee is dialled.
    Claimed(ReservationId),
    /// A call is offered: his desktop is probed, then his phone rings.
    Offered {
        /// Which.
        call: CallId,
        /// Whether his phone was told to ring.
        ringing: bool,
    },
    /// He speaks.
    Talking(CallId),
    /// Rest after a call.
    Wrapup {
        /// When it ends by itself.
        until: Time,
    },
}

/// How an offer ended that was not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OfferEnd {
    /// He declined.
    Rejected,
    /// He let it ring.
    Timeout,
    /// His phone could not be rung.
    Failed,
    /// His browser may not use the microphone.
    Mute,
    /// The customer has gone.
    Canceled,
    /// Taken back: his desktop or phone is lost, or he has left.
    Rescinded,
    /// Another of those who were rung with him was faster.
    Elsewhere,
}

impl OfferEnd {
    /// Why he is set to not ready; `None` where it was not for him to take it. Whoever declines is paused like one who
    /// does not answer: the call is not offered to him twice, and he is asked to say when he is back.
    pub fn notice(self) -> Option<AgentNotice> {
        match self {
            OfferEnd::Rejected => Some(AgentNotice::Declined),
            OfferEnd::Timeout => Some(AgentNotice::Unanswered),
            OfferEnd::Failed => Some(AgentNotice::PhoneFailed),
            OfferEnd::Mute => Some(AgentNotice::MicrophoneBlocked),
            OfferEnd::Canceled | OfferEnd::Rescinded | OfferEnd::Elsewhere => None,
        }
    }

    /// How it ended, in the stable words of the interfaces.
    pub fn word(self) -> &'static str {
        match self {
            OfferEnd::Rejected => "rejected",
            OfferEnd::Timeout => "timeout",
            OfferEnd::Canceled => "canceled",
            OfferEnd::Failed | OfferEnd::Mute | OfferEnd::Rescinded | OfferEnd::Elsewhere => "rescinded",
        }
    }

    /// Why it was taken back, in words as stable; none: his desktop or phone is lost, or he has left.
    pub fn why(self) -> Option<&'static str> {
        match self {
            OfferEnd::Failed => Some("phone_failed"),
            OfferEnd::Mute => Some("microphone_blocked"),
            OfferEnd::Elsewhere => Some("elsewhere"),
            OfferEnd::Rejected | OfferEnd::Timeout | OfferEnd::Canceled | OfferEnd::Rescinded => None,
        }
    }

    /// What his phone is told when it still rings.
    pub fn cause(self) -> Cause {
        match self {
            OfferEnd::Rejected => Cause::Declined,
            OfferEnd::Timeout => Cause::NoAnswer,
            OfferEnd::Elsewhere => Cause::Elsewhere,
            _ => Cause::Canceled,
        }
    }
}

/// A round trip to his desktop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Probe {
    /// Names the answer.
    pub id: ProbeId,
    /// When it was asked.
    pub sent: Time,
    /// It was answered, but the page is not drawn yet.
    pub alive: bool,
}

/// The contact in hand, from the claim to the end of wrap-up.
#[derive(Clone, Debug)]
pub(crate) struct Hand {
    pub reservation: Option<ReservationId>,
    pub call: Option<CallId>,
    pub since: Time,
    pub state: AgentState,
    pub asked_at: Time,
    pub claim_ends: Option<Time>,
    pub channel: &'static str,
    pub confidence: &'static str,
    pub page: Option<Page>,
    pub snapshot: Option<String>,
    pub contact: Option<ContactId>,
    /// In whose name he is answered; empty: the firm's own.
    pub client: String,
    /// He was signed in at the site, and it is surely him.
    pub identity: Option<Box<Identity>>,
    /// For callers without a record: number in E.164 and display name.
    pub caller: (Option<String>, String),
    /// What the network says of that number.
    pub verified: Verified,
    pub muted: bool,
    pub auto_answer: bool,
    pub trace_id: String,
    /// The desktop has drawn `snapshot`.
    pub drawn: bool,
    /// He is asked; a colleague has the call.
    pub guest: bool,
    /// Who handed it on, or asks: shown name.
    pub from: Option<String>,
    /// The wrap-up code chosen.
    pub code: Option<String>,
    /// His phone is lost: how he comes back.
    pub back: Option<Return>,
}

impl Hand {
    /// The number of a customer whom an agent has called.
    pub fn dialed(&self) -> Option<&str> {
        self.caller.0.as_deref().filter(|_| self.channel == "outbound")
    }
}

/// An agent.
#[derive(Debug)]
pub(crate) struct Agent {
    pub settings: AgentSettings,
    /// His phone is on the warm line, and he has not chosen yet.
    pub choosing: Option<Choosing>,
    /// How often his code was not keyed since he logged in.
    pub wrong_codes: u8,
    /// His log-in name and skills, for decisions.
    pub name: Arc<str>,
    pub skills: Arc<[(String, u8)]>,
    pub represents: Arc<Represents>,
    /// By queue: whether he has its skills.
    pub serves: Vec<bool>,
    /// A supervisor; by queue: whether it is his. Empty: all are.
    pub oversees: Option<Vec<bool>>,
    pub logged_in: bool,
    /// Logs out after the call.
    pub leaving: bool,
    /// The configuration has him no more: he ends what he has, is given nothing new, and is out.
    pub retired: bool,
    /// Which phone is his as soon as he is in no call.
    pub next_station: Option<Station>,
    /// Who, by his shown name, sends him off.
    pub sent_off: Option<String>,
    /// Who, by his log-in name, has just ordered what changes his state.
    pub moved_by: Option<String>,
    pub password: String,
    pub presence: Presence,
    /// Why he is not ready, in his words.
    pub reason: Option<String>,
    pub stream: Option<u64>,
    pub phone: bool,
    /// Of his registered account.
    pub realm: Option<String>,
    /// Of his other phone, where that is an account and registered.
    pub backup_realm: Option<String>,
    /// His desktop missed a probe; any sign of life ends it.
    pub frozen: bool,
    /// The last sign of life.
    pub seen: Time,
    /// When he last answered a probe too late: his desktop is slow, not dead.
    pub late: Option<Time>,
    pub work: Work,
    pub hand: Option<Hand>,
    pub probe: Option<Probe>,
    pub notice: Option<AgentNotice>,
    /// Since when he waits for work; the longest is served first.
    pub idle_since: Time,
    /// When he took calls, lately.
    pub taken: VecDeque<Time>,
    /// Offers in a row that he let pass.
    pub missed: u32,
    /// He let one pass a moment ago: for a while he is given nothing.
    pub passed: bool,
    /// His chats: offered, on, or in their wrap-up.
    pub chats: Vec<ReservationId>,
    /// He has as many as he can, and his firm gives him no calls then.
    pub full: bool,
    /// He has invited somebody, and is kept for him.
    pub inviting: Option<InvitationId>,
    /// Why he has what he has in hand.
    pub decision: Option<DecisionId>,
    pub state: AgentState,
    pub since: Time,
    /// What was told him last may wait for this journal number; nothing later overtakes it.
    pub after: u64,
    pub shown_me: Option<MeView>,
    pub shown_current: Option<Option<CurrentView>>,
    /// As his colleagues were told last; none: as one who is not there.
    pub shown_others: Option<ColleagueView>,
    pub shown_chats: Option<Vec<ChatCard>>,
}

impl Agent {
    /// Logged out.
    pub fn new(settings: AgentSettings) -> Self {
        let phone = matches!(settings.station, Station::Number(_) | Station::Extension { .. });
        Agent {
            name: settings.name.as_str().into(),
            skills: settings.skills.as_slice().into(),
            represents: settings.represents.clone().into(),
            settings,
            choosing: None,
            wrong_codes: 0,
            serves: Vec::new(),
            oversees: None,
            logged_in: false,
            leaving: false,
            retired: false,
            next_station: None,
            sent_off: None,
            moved_by: None,
            password: String::new(),
            presence: Presence::NotReady,
            reason: None,
            stream: None,
            phone,
            realm: None,
            backup_realm: None,
            frozen: false,
            seen: Time::ZERO,
            late: None,
            work: Work::Idle,
            hand: None,
            probe: None,
            notice: None,
            idle_since: Time::ZERO,
            taken: VecDeque::new(),
            missed: 0,
            passed: false,
            chats: Vec::new(),
            full: false,
            inviting: None,
            decision: None,
            state: AgentState::NotReady,
            since: Time::ZERO,
            after: 0,
            shown_me: None,
            shown_current: None,
            shown_others: None,
            shown_chats: None,
        }
    }

    /// Which of these queues he serves, and which he oversees; those that are `gone` nobody.
    pub fn assign(&mut self, queues: &[QueueSettings], gone: &BTreeSet<usize>) {
        let settings = &self.settings;
        let has = |skill: &String| settings.skills.iter().any(|(name, _)| name == skill);
        let here = || queues.iter().enumerate().map(|(index, queue)| (queue, !gone.contains(&index)));
        self.serves = here().map(|(queue, here)| here && queue.skills.iter().all(has)).collect();
        self.oversees = settings.supervisor.as_ref().map(|scope| match scope.queues.is_empty() {
            true => Vec::new(),
            false => here().map(|(queue, here)| here && scope.queues.contains(&queue.name)).collect(),
        });
    }

    /// Whether he is out as soon as nothing binds him. One who was removed ends his chats first.
    pub fn is_off(&self) -> bool {
        self.leaving && self.work == Work::Idle && (!self.retired || self.chats.is_empty())
    }

    /// Whether he rests no more after a contact: he wants to go, or is sent off.
    pub fn is_going(&self) -> bool {
        self.leaving && !self.retired
    }

    /// Whether desktop and phone are there.
    pub fn reachable(&self) -> bool {
        self.stream.is_some() && self.phone && !self.frozen
    }

    /// Whether he is given what comes next.
    pub fn available(&self) -> bool {
        self.presence == Presence::Ready && !self.passed && !self.full && self.free()
    }

    /// Whether nothing keeps him from a contact but, perhaps, his own word.
    pub fn free(&self) -> bool {
        self.unbound() && self.inviting.is_none()
    }

    /// Whether he has nothing in hand, and waits for nobody whom he has invited.
    pub fn is_idle(&self) -> bool {
        self.work == Work::Idle && self.inviting.is_none()
    }

    /// Whether whom he invites would find him.
    pub fn keeps_inviting(&self) -> bool {
        self.presence == Presence::Ready && self.unbound()
    }

    fn unbound(&self) -> bool {
        self.logged_in && !self.leaving && self.work == Work::Idle && self.reachable()
    }

    /// Whether he counts among those who serve.
    pub fn serving(&self) -> bool {
        self.logged_in && self.presence == Presence::Ready
    }

    /// What he is, to himself and in the figures.
    pub fn state_now(&self) -> AgentState {
        match self.work {
            Work::Claimed(_) | Work::Offered { ringing: false, .. } => AgentState::Claimed,
            Work::Offered { ringing: true, .. } => AgentState::Ringing,
            Work::Talking(_) => AgentState::Talking,
            Work::Wrapup { .. } => AgentState::Wrapup,
            Work::Idle if self.inviting.is_some() => AgentState::Claimed,
            Work::Idle if !self.serving() => AgentState::NotReady,
            Work::Idle if self.reachable() => AgentState::Ready,
            Work::Idle => AgentState::Unreachable,
        }
    }

    /// The call that rings at him or that he is in.
    pub fn call(&self) -> Option<CallId> {
        match self.work {
            Work::Offered { call, .. } | Work::Talking(call) => Some(call),
            _ => None,
        }
    }

    /// His phone, where it can be rung. `trunk` leads to outside phones.
    pub fn device(&self, firm: &str, trunk: &str) -> Option<Device> {
        match &self.settings.station {
            Station::Browser => {
                Some(Device::Account { user: self.settings.name.clone(), realm: firm.to_owned() })
            }
            Station::Account(user) => {
                self.realm.clone().map(|realm| Device::Account { user: user.clone(), realm })
            }
            Station::Number(number) => {
                Some(Device::Number { number: number.clone(), trunk: trunk.to_owned() })
            }
            Station::Extension { trunk, extension } => {
                Some(Device::Number { number: extension.clone(), trunk: trunk.clone() })
            }
        }
    }

    /// Whether he answers in his browser.
    pub fn in_browser(&self) -> bool {
        self.settings.station == Station::Browser
    }

    /// Whether his phone is asked to answer by itself; `wished`: he or the customer has asked for this call.
    pub fn answers_itself(&self, wished: bool) -> bool {
        match self.settings.calling.auto_answer {
            AutoAnswer::Never => false,
            AutoAnswer::Wished => wished,
            AutoAnswer::Always => true,
        }
    }

    /// His own view.
    pub fn me(&self, firm: &FirmSettings, queues: Vec<String>, pools: Vec<PoolNotice>) -> MeView {
        let (station, sip_user) = match &self.settings.station {
            Station::Browser => ("browser", self.settings.name.clone()),
            Station::Account(user) => ("account", user.clone()),
            Station::Number(_) | Station::Extension { .. } => ("number", String::new()),
        };
        let busy = self.call().is_some() || matches!(self.work, Work::Wrapup { .. });
        MeView {
            firm: firm.name.clone(),
            agent: self.settings.name.clone(),
            display_name: self.settings.display_name.clone(),
            state: self.state,
            since: self.since.rfc3339(),
            pending_not_ready: busy && self.presence == Presence::NotReady,
            phone: self.phone,
            station,
            sip_user,
            sip_password: self.password.clone(),
            wrapup_ends: match self.work {
                Work::Wrapup { until } => Some(until.rfc3339()),
                _ => None,
            },
            notice: self.notice.clone(),
            reason: self.reason.clone(),
            reasons: firm.reasons.clone(),
            wrapup_codes: firm.wrapup_codes.clone(),
            queues,
            outbound: self.settings.calling.outbound,
            may_rate: self.settings.may_rate(),
            may_edit: self.settings.may_edit(),
            caller_ids: if self.settings.calling.outbound { firm.caller_ids() } else { Vec::new() },
            supervisor: self.oversees.is_some(),
            pools,
            warm_line: self.choosing.as_ref().map_or_else(Vec::new, Choosing::views),
        }
    }
}
