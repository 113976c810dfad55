//! Every word of the form, in English, German and Spanish.

use axum::http::{HeaderMap, StatusCode, header};
use warmline_coordination::rules::Wall;

pub(super) struct Words {
    pub tag: &'static str,
    pub title: &'static str,
    pub number: &'static str,
    pub name: &'static str,
    pub optional: &'static str,
    pub consent: &'static str,
    pub terms: &'static str,
    pub submit: &'static str,
    pub done: &'static str,
    pub done_hint: &'static str,
    pub cancel: &'static str,
    pub canceled: &'static str,
    pub canceled_hint: &'static str,
    pub ticket: &'static str,
    pub closed: &'static str,
    pub sorry: &'static str,
    pub problem: &'static str,
    pub topic: &'static str,
    pub any_topic: &'static str,
    pub when: &'static str,
    pub now: &'static str,
    pub choose: &'static str,
    key_in: [&'static str; 2],
    called_at: &'static str,
    weekdays: [&'static str; 7],
    months: [&'static str; 12],
    not_then: &'static str,
    never: &'static str,
    waits: &'static str,
    minute: &'static str,
    minutes: [&'static str; 2],
    invalid: &'static str,
    not_allowed: &'static str,
    agree: &'static str,
    too_many: &'static str,
    busy: &'static str,
}

static EN: Words = Words {
    tag: "en",
    title: "We call you",
    number: "Your phone number",
    name: "Your name",
    optional: "optional",
    consent: "Yes, call me on this number about this request.",
    terms: "Terms",
    submit: "Call me",
    done: "We call you as soon as someone is free",
    done_hint: "Keep your phone near. You can close this page.",
    cancel: "Don’t call me",
    canceled: "Canceled",
    canceled_hint: "Nobody will call. You can start again any time.",
    ticket: "Nobody can talk right now",
    closed: "Nobody can talk right now. Please try again a little later.",
    sorry: "That did not work",
    problem: "Something went wrong. Please go back and try again.",
    topic: "What is it about?",
    any_topic: "Something else",
    when: "When may we call?",
    now: "As soon as someone is free",
    choose: "Please choose a time",
    key_in: ["When we call, key in ", ", so that we know it is you."],
    called_at: "We call you on ",
    weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    not_then: "This time is not possible any more. Please choose another one.",
    never: "This number is on a list of those that are never called.",
    waits: "We are to call this number already.",
    minute: "It takes about 1 minute.",
    minutes: ["It takes about ", " minutes."],
    invalid: "That does not look like a whole phone number. Please check it.",
    not_allowed: "We cannot call this number. Please try another one.",
    agree: "We may only call you if you agree.",
    too_many: "There were too many requests from here. Please try again later.",
    busy: "This is not possible at the moment. Please try again in a moment.",
};

static DE: Words = Words {
    tag: "de",
    title: "Wir rufen Sie an",
    number: "Ihre Telefonnummer",
    name: "Ihr Name",
    optional: "freiwillig",
    consent: "Ja, rufen Sie mich zu dieser Anfrage unter dieser Nummer an.",
    terms: "Fassung",
    submit: "Rufen Sie mich an",
    done: "Wir rufen an, sobald jemand frei ist",
    done_hint: "Behalten Sie Ihr Telefon in der Nähe. Diese Seite können Sie schließen.",
    cancel: "Bitte nicht anrufen",
    canceled: "Abgebrochen",
    canceled_hint: "Niemand ruft an. Sie können jederzeit neu beginnen.",
    ticket: "Gerade kann niemand sprechen",
    closed: "Gerade kann niemand sprechen. Bitte versuchen Sie es etwas später noch einmal.",
    sorry: "Das hat nicht geklappt",
    problem: "Etwas ist schiefgegangen. Bitte gehen Sie zurück und versuchen Sie es noch einmal.",
    topic: "Worum geht es?",
    any_topic: "Etwas anderes",
    when: "Wann dürfen wir anrufen?",
    now: "Sobald jemand frei ist",
    choose: "Bitte wählen Sie eine Zeit",
    key_in: ["Wenn wir anrufen, tippen Sie ", ": So wissen wir, dass Sie es sind."],
    called_at: "Wir rufen Sie an: ",
    weekdays: ["Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."],
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    not_then: "Diese Zeit geht nicht mehr. Bitte wählen Sie eine andere.",
    never: "Diese Nummer steht auf einer Liste derer, die nie angerufen werden.",
    waits: "Diese Nummer sollen wir schon anrufen.",
    minute: "Es dauert etwa 1 Minute.",
    minutes: ["Es dauert etwa ", " Minuten."],
    invalid: "Das sieht nicht nach einer vollständigen Telefonnummer aus. Bitte prüfen Sie sie.",
    not_allowed: "Diese Nummer können wir nicht anrufen. Bitte versuchen Sie eine andere.",
    agree: "Wir dürfen Sie nur anrufen, wenn Sie zustimmen.",
    too_many: "Von hier kamen zu viele Anfragen. Bitte versuchen Sie es später noch einmal.",
    busy: "Das geht im Moment nicht. Bitte versuchen Sie es gleich noch einmal.",
};

static ES: Words = Words {
    tag: "es",
    title: "Le llamamos",
    number: "Su número de teléfono",
    name: "Su nombre",
    optional: "opcional",
    consent: "Sí, llámenme a este número por esta consulta.",
    terms: "Condiciones",
    submit: "Llámenme",
    done: "Le llamamos en cuanto alguien esté libre",
    done_hint: "Tenga el teléfono cerca. Puede cerrar esta página.",
    cancel: "No me llamen",
    canceled: "Cancelado",
    canceled_hint: "Nadie le llamará. Puede empezar de nuevo cuando quiera.",
    ticket: "Ahora mismo nadie puede atenderle",
    closed: "Ahora mismo nadie puede atenderle. Inténtelo de nuevo un poco más tarde.",
    sorry: "No ha funcionado",
    problem: "Algo ha ido mal. Vuelva atrás e inténtelo de nuevo.",
    topic: "¿De qué se trata?",
    any_topic: "Otra cosa",
    when: "¿Cuándo podemos llamar?",
    now: "En cuanto alguien esté libre",
    choose: "Elija una hora",
    key_in: ["Cuando le llamemos, marque ", ": así sabemos que es usted."],
    called_at: "Le llamamos: ",
    weekdays: ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
    months: ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
    not_then: "Esa hora ya no es posible. Elija otra, por favor.",
    never: "Este número está en una lista de los que nunca se llaman.",
    waits: "Ya vamos a llamar a este número.",
    minute: "Tardará alrededor de 1 minuto.",
    minutes: ["Tardará unos ", " minutos."],
    invalid: "No parece un número de teléfono completo. Compruébelo, por favor.",
    not_allowed: "No podemos llamar a este número. Pruebe con otro.",
    agree: "Solo podemos llamarle si está de acuerdo.",
    too_many: "Ha habido demasiadas solicitudes desde aquí. Inténtelo más tarde.",
    busy: "Ahora no es posible. Inténtelo de nuevo en un momento.",
};

impl Words {
    /// A refusal in words: what to do.
    pub fn of(&self, code: &str, status: StatusCode) -> &'static str {
        match code {
            "number_invalid" | "number_missing" => self.invalid,
            "number_not_allowed" => self.not_allowed,
            "consent_missing" => self.agree,
            "mode_not_offered" => self.closed,
            "due_invalid" | "closed_then" | "slot_full" | "calling_hours" => self.not_then,
            "do_not_call" => self.never,
            "number_waits" => self.waits,
            _ if status == StatusCode::TOO_MANY_REQUESTS => self.too_many,
            _ if status == StatusCode::SERVICE_UNAVAILABLE => self.busy,
            _ => self.problem,
        }
    }

    /// The digits that he keys in.
    pub fn key_in(&self, digits: &str) -> String {
        let [before, after] = self.key_in;
        format!("{before}{digits}{after}")
    }

    /// When he is called.
    pub fn called_at(&self, when: &str) -> String {
        format!("{}{when}", self.called_at)
    }

    /// `Mon 30 Nov`
    pub fn day(&self, wall: &Wall) -> String {
        let weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let weekday = weekdays.iter().position(|&day| day == wall.weekday).unwrap_or(0);
        let month = self.months[usize::try_from(wall.month - 1).unwrap_or(0) % 12];
        let dot = if self.tag == "de" { "." } else { "" };
        format!("{} {}{dot} {month}", self.weekdays[weekday], wall.day)
    }

    pub fn about(&self, minutes: u32) -> String {
        if minutes == 1 {
            return self.minute.to_owned();
        }
        let [before, after] = self.minutes;
        format!("{before}{minutes}{after}")
    }
}

/// The first language that the browser asks for and we speak, in its order; its weights are in that order too, as browsers send them.
pub(super) fn words(headers: &HeaderMap) -> &'static Words {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let known = wanted.split(',').take(20).find_map(|language| {
        let tag = language.split(';').next().unwrap_or("").trim();
        let main = tag.split('-').next().unwrap_or("");
        [&EN, &DE, &ES].into_iter().find(|words| main.eq_ignore_ascii_case(words.tag))
    });
    known.unwrap_or(&EN)
}
