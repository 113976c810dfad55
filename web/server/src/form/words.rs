//! Every word of the form, in English, German and Spanish.

use crate::dates::Tongue;
use axum::http::{HeaderMap, StatusCode, header};

pub(super) struct Words {
    pub tongue: Tongue,
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
    pub give_back: &'static str,
    pub given_back: &'static str,
    pub canceled: &'static str,
    pub canceled_hint: &'static str,
    pub ticket: &'static str,
    pub closed: &'static str,
    pub sorry: &'static str,
    pub problem: &'static str,
    pub we_call: &'static str,
    pub dialing: &'static str,
    pub another: &'static str,
    pub change: &'static str,
    pub changed: &'static str,
    pub over: &'static str,
    pub over_hint: &'static str,
    pub topic: &'static str,
    pub any_topic: &'static str,
    pub show_number: &'static str,
    pub call_us: &'static str,
    pub known: &'static str,
    yours: [&'static str; 2],
    code: [&'static str; 2],
    no_number: &'static str,
    pub when: &'static str,
    pub now: &'static str,
    pub choose: &'static str,
    key_in: [&'static str; 2],
    pub no_times: &'static str,
    not_then: &'static str,
    his_hours: &'static str,
    registered: &'static str,
    never: &'static str,
    waits: &'static str,
    minute: &'static str,
    minutes: [&'static str; 2],
    invalid: &'static str,
    not_allowed: &'static str,
    agree: &'static str,
    too_many: &'static str,
    not_now: &'static str,
    busy: &'static str,
}

static EN: Words = Words {
    tongue: Tongue::En,
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
    give_back: "I don’t need this number",
    given_back: "This number is not yours any more. You can start again any time.",
    canceled: "Canceled",
    canceled_hint: "Nobody will call. You can start again any time.",
    ticket: "Nobody can talk right now",
    closed: "Nobody can talk right now. Please try again a little later.",
    sorry: "That did not work",
    problem: "Something went wrong. Please go back and try again.",
    we_call: "We call you on",
    dialing: "You are being called at this moment",
    another: "Another time",
    change: "Change the time",
    changed: "The time is changed.",
    over: "This call is over",
    over_hint: "It was made or canceled, or its time has passed. You can ask for another one on our page.",
    topic: "What is it about?",
    any_topic: "Something else",
    show_number: "I call you myself: show me a number",
    call_us: "Call this number",
    known: "Whoever answers knows which page you came from.",
    yours: ["It is yours for ", " min. "],
    code: ["If you are asked for a code, key in ", "."],
    no_number: "No number works right now. We can call you instead.",
    when: "When may we call?",
    now: "As soon as someone is free",
    choose: "Please choose a time",
    key_in: ["When we call, key in ", ", so that we know it is you."],
    no_times: "We may not call this number at any time of the next days. Try another number, or call us.",
    not_then: "This time is not possible any more. Please choose another one.",
    his_hours: "We may not call this number at that time. Below are the times at which we may.",
    registered: "This number is on a do-not-call register: we may not call it. You can call us instead.",
    never: "This number is on a list of those that are never called.",
    waits: "We are to call this number already.",
    minute: "It takes about 1 minute.",
    minutes: ["It takes about ", " minutes."],
    invalid: "That does not look like a whole phone number. Please check it.",
    not_allowed: "We cannot call this number. Please try another one.",
    agree: "We may only call you if you agree.",
    too_many: "There were too many requests from here. Please try again later.",
    not_now: "We cannot call you just now. Please try again later.",
    busy: "This is not possible at the moment. Please try again in a moment.",
};

static DE: Words = Words {
    tongue: Tongue::De,
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
    give_back: "Ich brauche die Nummer nicht",
    given_back: "Diese Nummer ist nicht mehr Ihre. Sie können jederzeit neu beginnen.",
    canceled: "Abgebrochen",
    canceled_hint: "Niemand ruft an. Sie können jederzeit neu beginnen.",
    ticket: "Gerade kann niemand sprechen",
    closed: "Gerade kann niemand sprechen. Bitte versuchen Sie es etwas später noch einmal.",
    sorry: "Das hat nicht geklappt",
    problem: "Etwas ist schiefgegangen. Bitte gehen Sie zurück und versuchen Sie es noch einmal.",
    we_call: "Wir rufen Sie an:",
    dialing: "Sie werden gerade angerufen",
    another: "Eine andere Zeit",
    change: "Zeit ändern",
    changed: "Die Zeit ist geändert.",
    over: "Dieser Anruf ist vorbei",
    over_hint: "Er hat stattgefunden oder wurde abgesagt, oder seine Zeit ist vergangen. Auf unserer Seite können Sie um einen neuen bitten.",
    topic: "Worum geht es?",
    any_topic: "Etwas anderes",
    show_number: "Ich rufe selbst an: Nummer zeigen",
    call_us: "Rufen Sie diese Nummer an",
    known: "Wer abnimmt, weiß, von welcher Seite Sie kommen.",
    yours: ["Für ", " min ist sie Ihre. "],
    code: ["Wenn Sie nach einem Code gefragt werden, tippen Sie ", "."],
    no_number: "Gerade ist keine Nummer frei. Wir können stattdessen Sie anrufen.",
    when: "Wann dürfen wir anrufen?",
    now: "Sobald jemand frei ist",
    choose: "Bitte wählen Sie eine Zeit",
    key_in: ["Wenn wir anrufen, tippen Sie ", ": So wissen wir, dass Sie es sind."],
    no_times: "In den nächsten Tagen dürfen wir diese Nummer zu keiner Zeit anrufen. Nehmen Sie eine andere, oder rufen Sie uns an.",
    not_then: "Diese Zeit geht nicht mehr. Bitte wählen Sie eine andere.",
    his_hours: "Zu dieser Zeit dürfen wir diese Nummer nicht anrufen. Unten stehen die Zeiten, zu denen wir es dürfen.",
    registered: "Diese Nummer steht auf einer Sperrliste für Anrufe: Wir dürfen sie nicht anrufen. Sie können uns anrufen.",
    never: "Diese Nummer steht auf einer Liste derer, die nie angerufen werden.",
    waits: "Diese Nummer sollen wir schon anrufen.",
    minute: "Es dauert etwa 1 Minute.",
    minutes: ["Es dauert etwa ", " Minuten."],
    invalid: "Das sieht nicht nach einer vollständigen Telefonnummer aus. Bitte prüfen Sie sie.",
    not_allowed: "Diese Nummer können wir nicht anrufen. Bitte versuchen Sie eine andere.",
    agree: "Wir dürfen Sie nur anrufen, wenn Sie zustimmen.",
    too_many: "Von hier kamen zu viele Anfragen. Bitte versuchen Sie es später noch einmal.",
    not_now: "Gerade können wir Sie nicht anrufen. Bitte versuchen Sie es später noch einmal.",
    busy: "Das geht im Moment nicht. Bitte versuchen Sie es gleich noch einmal.",
};

static ES: Words = Words {
    tongue: Tongue::Es,
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
    give_back: "No necesito este número",
    given_back: "Este número ya no es suyo. Puede empezar de nuevo cuando quiera.",
    canceled: "Cancelado",
    canceled_hint: "Nadie le llamará. Puede empezar de nuevo cuando quiera.",
    ticket: "Ahora mismo nadie puede atenderle",
    closed: "Ahora mismo nadie puede atenderle. Inténtelo de nuevo un poco más tarde.",
    sorry: "No ha funcionado",
    problem: "Algo ha ido mal. Vuelva atrás e inténtelo de nuevo.",
    we_call: "Le llamamos el",
    dialing: "Le estamos llamando en este momento",
    another: "Otra hora",
    change: "Cambiar la hora",
    changed: "La hora ha cambiado.",
    over: "Esta llamada ha terminado",
    over_hint: "Se hizo o se canceló, o ya ha pasado su hora. Puede pedir otra en nuestra página.",
    topic: "¿De qué se trata?",
    any_topic: "Otra cosa",
    show_number: "Llamo yo: mostrar un número",
    call_us: "Llame a este número",
    known: "Quien conteste sabe de qué página viene.",
    yours: ["Es suyo durante ", " min. "],
    code: ["Si le piden un código, marque ", "."],
    no_number: "Ahora mismo no hay ningún número libre. Podemos llamarle nosotros.",
    when: "¿Cuándo podemos llamar?",
    now: "En cuanto alguien esté libre",
    choose: "Elija una hora",
    key_in: ["Cuando le llamemos, marque ", ": así sabemos que es usted."],
    no_times: "En los próximos días no podemos llamar a este número a ninguna hora. Pruebe con otro o llámenos.",
    not_then: "Esa hora ya no es posible. Elija otra, por favor.",
    his_hours: "A esa hora no podemos llamar a este número. Abajo están las horas en que sí.",
    registered: "Este número está en una lista de exclusión de llamadas: no podemos llamarle. Puede llamarnos usted.",
    never: "Este número está en una lista de los que nunca se llaman.",
    waits: "Ya vamos a llamar a este número.",
    minute: "Tardará alrededor de 1 minuto.",
    minutes: ["Tardará unos ", " minutos."],
    invalid: "No parece un número de teléfono completo. Compruébelo, por favor.",
    not_allowed: "No podemos llamar a este número. Pruebe con otro.",
    agree: "Solo podemos llamarle si está de acuerdo.",
    too_many: "Ha habido demasiadas solicitudes desde aquí. Inténtelo más tarde.",
    not_now: "Ahora mismo no podemos llamarle. Inténtelo de nuevo más tarde.",
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
            "dialing" => self.dialing,
            "due_invalid" | "closed_then" | "slot_full" => self.not_then,
            "calling_hours" => self.his_hours,
            "do_not_call" => self.never,
            "on_registry" => self.registered,
            "number_waits" => self.waits,
            "no_number" => self.no_number,
            "callme_not_now" => self.not_now,
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

    /// For how long the number is his.
    pub fn yours_for(&self, minutes: u64) -> String {
        let [before, after] = self.yours;
        format!("{before}{minutes}{after}")
    }

    /// The code that he is asked for where the number alone does not tell.
    pub fn code(&self, pin: &str) -> String {
        let [before, after] = self.code;
        format!("{before}{pin}{after}")
    }

    pub fn about(&self, minutes: u32) -> String {
        if minutes == 1 {
            return self.minute.to_owned();
        }
        let [before, after] = self.minutes;
        format!("{before}{minutes}{after}")
    }
}

/// Those of the first language that the browser asks for and we write.
pub(super) fn words(headers: &HeaderMap) -> &'static Words {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    match Tongue::accepted(wanted) {
        Tongue::En => &EN,
        Tongue::De => &DE,
        Tongue::Es => &ES,
    }
}
