//! Every word of our letters, in English, German and Spanish. They are addressed to who reads them, or (what visitors write) to the firm.

use crate::dates::Tongue;

pub(super) struct Words {
    /// Subjects: agreed, moved, taken back, without a time.
    pub agreed: &'static str,
    pub moved: &'static str,
    pub withdrawn: &'static str,
    pub soon: &'static str,
    pub hello: &'static str,
    pub we_call: &'static str,
    pub not_called: &'static str,
    pub as_soon: &'static str,
    pub time: &'static str,
    pub number: &'static str,
    pub change: &'static str,
    pub not_you: &'static str,
    pub regards: &'static str,
    /// What visitors write.
    pub from: &'static str,
    pub reply: &'static str,
    pub page: &'static str,
    pub topic: &'static str,
    pub numbers: &'static str,
    pub answer: &'static str,
    pub no_name: &'static str,
    pub written: &'static str,
}

static EN: Words = Words {
    agreed: "We call you on",
    moved: "New time: we call you on",
    withdrawn: "We will not call you",
    soon: "We call you as soon as someone is free",
    hello: "Hello,",
    we_call: "we call you at the time that you chose:",
    not_called: "the call that was agreed is canceled. Nobody will call you.",
    as_soon: "we call you as soon as someone is free, and no longer at the time that you had chosen.",
    time: "When",
    number: "Your phone",
    change: "Change the time or cancel the call:",
    not_you: "You did not ask for this? Then cancel the call with the link above, or ignore this e-mail: nobody asks you for money or passwords.",
    regards: "Best regards",
    from: "From",
    reply: "E-mail",
    page: "Page",
    topic: "Topic",
    numbers: "Phone",
    answer: "Your answer goes to the visitor.",
    no_name: "a visitor",
    written: "Message from",
};

static DE: Words = Words {
    agreed: "Wir rufen Sie an:",
    moved: "Neue Zeit: Wir rufen Sie an:",
    withdrawn: "Wir rufen Sie nicht an",
    soon: "Wir rufen Sie an, sobald jemand frei ist",
    hello: "Guten Tag,",
    we_call: "wir rufen Sie zu der Zeit an, die Sie gewählt haben:",
    not_called: "der vereinbarte Anruf ist abgesagt. Niemand ruft Sie an.",
    as_soon: "wir rufen Sie an, sobald jemand frei ist, und nicht mehr zu der Zeit, die Sie gewählt hatten.",
    time: "Wann",
    number: "Ihr Telefon",
    change: "Zeit ändern oder den Anruf absagen:",
    not_you: "Das waren nicht Sie? Dann sagen Sie den Anruf mit dem Link oben ab, oder beachten Sie diese E-Mail nicht: Niemand fragt Sie nach Geld oder Kennwörtern.",
    regards: "Freundliche Grüße",
    from: "Von",
    reply: "E-Mail",
    page: "Seite",
    topic: "Thema",
    numbers: "Telefon",
    answer: "Ihre Antwort geht an den Besucher.",
    no_name: "einem Besucher",
    written: "Nachricht von",
};

static ES: Words = Words {
    agreed: "Le llamamos el",
    moved: "Nueva hora: le llamamos el",
    withdrawn: "No le llamaremos",
    soon: "Le llamamos en cuanto alguien esté libre",
    hello: "Buenos días:",
    we_call: "Le llamamos a la hora que ha elegido:",
    not_called: "La llamada acordada queda cancelada. Nadie le llamará.",
    as_soon: "Le llamamos en cuanto alguien esté libre, y ya no a la hora que había elegido.",
    time: "Cuándo",
    number: "Su teléfono",
    change: "Cambiar la hora o cancelar la llamada:",
    not_you: "¿No lo ha pedido usted? Cancele la llamada con el enlace de arriba o ignore este correo: nadie le pide dinero ni contraseñas.",
    regards: "Un saludo",
    from: "De",
    reply: "Correo",
    page: "Página",
    topic: "Tema",
    numbers: "Teléfono",
    answer: "Su respuesta va al visitante.",
    no_name: "un visitante",
    written: "Mensaje de",
};

pub(super) fn words(tongue: Tongue) -> &'static Words {
    match tongue {
        Tongue::En => &EN,
        Tongue::De => &DE,
        Tongue::Es => &ES,
    }
}
