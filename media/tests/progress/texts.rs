//! What persons and machines say, sentence by sentence, in five languages, the terse ones in six. The sets have no text in common.

use crate::{Random, Set};

/// One language's texts: short answers, answers of firms, machines.
pub struct Texts {
    /// ISO 639.
    pub language: &'static str,
    pub persons: &'static [&'static str],
    /// Live, and longer.
    pub desks: &'static [&'static str],
    /// Sentences apart.
    pub machines: &'static [&'static [&'static str]],
}

/// The texts of a set.
pub fn of(set: Set, random: &mut Random) -> &'static Texts {
    match set {
        Set::Tuning if random.chance(0.5) => random.pick(TUNING),
        // A report set once: thresholds were changed after it was heard.
        Set::Tuning => random.pick(FORMER),
        Set::Report => random.pick(REPORT),
        Set::Terse => random.pick(TERSE),
    }
}

const TUNING: &[Texts] = &[
    Texts {
        language: "en",
        persons: &[
            "Hello?",
            "Yes?",
            "Hello, who is this?",
            "Smith speaking.",
            "Yeah, hi.",
            "Hello, this is Peter.",
        ],
        desks: &[
            "Good morning, Baker and Sons, how may I help you?",
            "Reception, this is Laura speaking, what can I do for you?",
            "Hello, you are through to the workshop, who would you like to speak to?",
        ],
        machines: &[
            &[
                "Hi, you have reached Tom and Mary.",
                "We are not at home right now.",
                "Please leave a message after the tone.",
            ],
            &["The person you are calling is not available.", "Please leave your message after the beep."],
            &[
                "Thank you for calling the town library.",
                "Our office is closed today.",
                "Our opening hours are Monday to Friday, nine to five.",
            ],
        ],
    },
    Texts {
        language: "de",
        persons: &[
            "Hallo?",
            "Ja, Müller.",
            "Ja bitte?",
            "Schneider, guten Tag.",
            "Hallo, wer ist da?",
            "Anna Weber.",
        ],
        desks: &[
            "Guten Tag, Firma Becker, Sie sprechen mit Anna Schmidt, was kann ich für Sie tun?",
            "Praxis Doktor Lange, guten Morgen, wie kann ich Ihnen helfen?",
        ],
        machines: &[
            &[
                "Guten Tag.",
                "Sie sind verbunden mit dem Anschluss von Familie Krüger.",
                "Leider sind wir zur Zeit nicht zu Hause.",
                "Bitte hinterlassen Sie eine Nachricht nach dem Signalton.",
            ],
            &[
                "Der gewünschte Gesprächspartner ist zur Zeit nicht erreichbar.",
                "Bitte sprechen Sie Ihre Nachricht nach dem Ton.",
            ],
        ],
    },
    Texts {
        language: "fr",
        persons: &["Allô?", "Oui, allô?", "Oui, bonjour, Martin à l'appareil."],
        desks: &["Cabinet du docteur Petit, bonjour, que puis-je faire pour vous?"],
        machines: &[&[
            "Bonjour.",
            "Vous êtes bien sur la messagerie de Claire Dubois.",
            "Je ne suis pas disponible pour le moment.",
            "Laissez-moi un message après le bip.",
        ]],
    },
    Texts {
        language: "es",
        persons: &["¿Diga?", "Hola, ¿quién es?", "Sí, dígame."],
        desks: &["Buenos días, talleres García, le atiende Marta, ¿en qué puedo ayudarle?"],
        machines: &[&[
            "Hola, ha llamado al contestador de Pedro.",
            "En este momento no puedo atenderle.",
            "Deje su mensaje después de la señal.",
        ]],
    },
    Texts {
        language: "it",
        persons: &["Pronto?", "Pronto, chi parla?", "Sì?"],
        desks: &["Studio Rossi, buongiorno, sono Giulia, come posso aiutarla?"],
        machines: &[&[
            "Risponde la segreteria telefonica di Marco.",
            "Al momento non sono in casa.",
            "Lasciate un messaggio dopo il segnale acustico.",
        ]],
    },
];

const FORMER: &[Texts] = &[
    Texts {
        language: "en",
        persons: &[
            "Hi.",
            "Hello there.",
            "Who's calling, please?",
            "Jones.",
            "Good evening.",
            "Hello, Emma here.",
        ],
        desks: &[
            "Good afternoon, city garage, Frank speaking, how can I help?",
            "Hello, thank you for calling, my name is Susan, who am I speaking with?",
            "Service desk, good morning, may I have your name please?",
        ],
        machines: &[
            &[
                "Hello, this is the mailbox of Robert Green.",
                "I cannot take your call at the moment.",
                "Leave your name and number and I will call you back.",
            ],
            &[
                "You have reached the voice mail of extension two one four.",
                "Nobody is available to take your call.",
                "At the tone, please record your message.",
            ],
            &[
                "Welcome to the customer line.",
                "All our lines are closed.",
                "Please call again tomorrow, or visit our web site.",
            ],
            &["Hey, it's Jenny.", "I can't get to the phone, so you know what to do after the beep."],
        ],
    },
    Texts {
        language: "de",
        persons: &[
            "Ja?",
            "Hallo, Fischer.",
            "Guten Abend.",
            "Wer spricht denn da?",
            "Hier ist Peter.",
            "Moin.",
        ],
        desks: &[
            "Autohaus Neumann, mein Name ist Sabine Klein, schönen guten Tag, was darf ich für Sie tun?",
            "Stadtwerke, Zentrale, guten Tag, mit wem darf ich Sie verbinden?",
        ],
        machines: &[
            &[
                "Hallo, hier ist der Anrufbeantworter von Jens und Katrin.",
                "Wir sind gerade unterwegs.",
                "Sprecht uns einfach etwas aufs Band.",
            ],
            &[
                "Willkommen bei der Mailbox der Rufnummer null eins sieben zwei.",
                "Nachrichten können nach dem Ton aufgesprochen werden.",
            ],
            &[
                "Guten Tag, Sie rufen außerhalb unserer Geschäftszeiten an.",
                "Sie erreichen uns von Montag bis Freitag von acht bis siebzehn Uhr.",
                "Auf Wiederhören.",
            ],
        ],
    },
    Texts {
        language: "fr",
        persons: &["Bonjour?", "Allô, c'est qui?", "Oui?"],
        desks: &["Société Laurent, bonjour, Sophie à votre écoute, comment puis-je vous aider?"],
        machines: &[
            &[
                "Vous êtes sur le répondeur de Paul.",
                "Je suis absent, mais votre appel est important.",
                "Parlez après le signal sonore.",
            ],
            &["Nos bureaux sont fermés.", "Merci de rappeler demain à partir de neuf heures."],
        ],
    },
    Texts {
        language: "es",
        persons: &["¿Sí?", "Buenas tardes.", "Hola, soy Carmen."],
        desks: &["Clínica San José, buenas tardes, ¿con quién desea hablar?"],
        machines: &[&[
            "Este es el buzón de voz de Ana López.",
            "Ahora mismo estoy ocupada.",
            "Grabe su mensaje y le llamaré más tarde.",
        ]],
    },
    Texts {
        language: "it",
        persons: &["Sì, pronto.", "Buonasera.", "Ciao, sono Luca."],
        desks: &["Farmacia centrale, buonasera, in che cosa posso esserle utile?"],
        machines: &[&[
            "Il cliente chiamato non è al momento raggiungibile.",
            "La preghiamo di richiamare più tardi, oppure di lasciare un messaggio dopo il tono.",
        ]],
    },
];

const REPORT: &[Texts] = &[
    Texts {
        language: "en",
        persons: &[
            "Yes, hello?",
            "Good day.",
            "Miller.",
            "Hello, can you hear me?",
            "Sam here.",
            "Hi, who's that?",
        ],
        desks: &[
            "Harbour Hotel, good evening, this is Nancy, how can I be of service?",
            "Hello, bicycle repair shop, what can we do for you today?",
            "Accounts department, Oliver speaking, one moment please, how may I direct your call?",
        ],
        machines: &[
            &[
                "Hi, this is Daniel.",
                "Sorry I missed you.",
                "Please leave me a short message and your number, and I will ring you back as soon as I can.",
            ],
            &[
                "The number you have called is switched off.",
                "You may leave a message after the signal, or hang up and try again later.",
            ],
            &[
                "You have called the dental practice of Doctor White.",
                "The practice is on holiday until the end of the month.",
                "In urgent cases please call the emergency service.",
            ],
        ],
    },
    Texts {
        language: "de",
        persons: &[
            "Hallo, ja?",
            "Wagner.",
            "Grüß Gott.",
            "Ja, hallo, wer ist dran?",
            "Krause, hallo.",
            "Guten Morgen.",
        ],
        desks: &[
            "Hotel zur Post, guten Abend, Sie sprechen mit Herrn Vogel, wie darf ich helfen?",
            "Bäckerei Hofmann, guten Morgen, was wünschen Sie bitte?",
        ],
        machines: &[
            &[
                "Hier ist der Anschluss von Lena Richter.",
                "Ich bin im Moment leider nicht da.",
                "Bitte nennen Sie mir Ihren Namen und Ihre Rufnummer, ich rufe zurück.",
            ],
            &[
                "Der Teilnehmer ist vorübergehend nicht zu erreichen.",
                "Sie werden per Kurzmitteilung benachrichtigt, sobald er wieder erreichbar ist.",
            ],
            &[
                "Herzlich willkommen in der Tierarztpraxis am Markt.",
                "Unsere Praxis ist heute geschlossen.",
                "In dringenden Fällen wenden Sie sich bitte an den Notdienst.",
            ],
        ],
    },
    Texts {
        language: "fr",
        persons: &["Oui, bonsoir?", "Allô, j'écoute.", "Qui est à l'appareil?"],
        desks: &["Restaurant le Moulin, bonsoir, c'est pour une réservation?"],
        machines: &[&[
            "Bonjour, vous avez appelé la famille Bernard.",
            "Nous sommes sortis pour la journée.",
            "Laissez vos coordonnées et nous vous rappellerons.",
        ]],
    },
    Texts {
        language: "es",
        persons: &["¿Hola?", "Dígame, ¿quién habla?", "Buenos días."],
        desks: &["Hotel Central, buenas noches, le habla Pablo, ¿en qué le ayudo?"],
        machines: &[&[
            "Gracias por llamar a la oficina de correos.",
            "Nuestro horario es de nueve a dos.",
            "Por favor, llame más tarde o deje un mensaje.",
        ]],
    },
    Texts {
        language: "it",
        persons: &["Pronto, sono io.", "Buongiorno.", "Chi è?"],
        desks: &["Officina Ferrari, buongiorno, con chi desidera parlare?"],
        machines: &[&[
            "Salve, questa è la casella vocale di Elena.",
            "Non posso rispondere adesso.",
            "Lasciami un messaggio e ti richiamo appena possibile.",
        ]],
    },
];

const TERSE: &[Texts] = &[
    Texts {
        language: "en",
        persons: &[
            "Hello, good afternoon.",
            "Yep?",
            "Taylor residence.",
            "Hi, it's Kate.",
            "Evans, good morning.",
            "Hello? Hello?",
            "Who am I talking to?",
            "Oh, hello.",
        ],
        desks: &[
            "Riverside Garden Centre, you're speaking to George, what are you looking for?",
            "Good morning, thanks for ringing Morgan Plumbing, this is Helen.",
            "Front desk, Alice here, are you calling about a booking or about something else?",
            "Hello and good evening, the Red Lion, table reservations, how many are you?",
        ],
        machines: &[
            &[
                "You're through to Chris and Amy.",
                "We're either out or in the garden.",
                "Say who you are and we'll get back to you.",
            ],
            &["Sorry, the subscriber cannot be reached at present.", "Please try again in a few minutes."],
            &[
                "Thanks for your call to Northfield Motors.",
                "The workshop opens again on Monday at eight.",
                "To leave a message for the service team, speak after the beep.",
                "If your car has broken down, please call the number on your membership card.",
            ],
            &[
                "This is the voice mail of Doctor Patel.",
                "I'm with a patient or away from my desk, so please leave your name, your number and the reason for your call.",
            ],
        ],
    },
    Texts {
        language: "de",
        persons: &[
            "Ja, hallo?",
            "Bauer, guten Tag.",
            "Servus.",
            "Wer ist denn da?",
            "Hallo, hier Julia.",
            "Zimmermann.",
            "Ja, wer stört?",
        ],
        desks: &[
            "Gärtnerei Sommer, Sie sprechen mit Frau Wolf, schönen guten Morgen.",
            "Rathaus, Bürgerbüro, mein Name ist Thomas Schulz, worum geht es bitte?",
            "Guten Abend, Restaurant Lindenhof, möchten Sie einen Tisch bestellen?",
        ],
        machines: &[
            &[
                "Dies ist die Mobilbox von Andreas Koch.",
                "Ich sitze gerade im Auto oder in einer Besprechung.",
                "Reden Sie nach dem Ton, dann melde ich mich.",
            ],
            &["Diese Rufnummer ist zur Zeit nicht erreichbar.", "Bitte rufen Sie später noch einmal an."],
            &[
                "Vielen Dank für Ihren Anruf bei der Schreinerei Holz und Sohn.",
                "Wir haben Betriebsferien bis zum vierten September.",
                "Schreiben Sie uns gern eine E-Mail, oder sprechen Sie aufs Band.",
            ],
        ],
    },
    Texts {
        language: "fr",
        persons: &["Oui, j'écoute.", "Allô, oui?", "Bonsoir.", "Allô, qui est-ce?", "Lefèvre, bonjour."],
        desks: &[
            "Boulangerie des Halles, bonjour, qu'est-ce qu'il vous faut?",
            "Garage Moreau, Isabelle, bonjour, c'est pour un rendez-vous?",
        ],
        machines: &[
            &[
                "Ici le répondeur de Luc et Marie.",
                "Nous ne pouvons pas vous répondre.",
                "Dites-nous qui vous êtes, on vous rappelle ce soir.",
            ],
            &[
                "Votre correspondant n'est pas joignable actuellement.",
                "Veuillez renouveler votre appel ultérieurement.",
            ],
        ],
    },
    Texts {
        language: "es",
        persons: &["¿Quién es?", "Sí, ¿dígame?", "Hola, buenas.", "Al habla Jorge."],
        desks: &["Peluquería Lola, buenas tardes, ¿quiere pedir cita?"],
        machines: &[
            &["Soy Raquel y ahora no puedo hablar.", "Cuéntame qué necesitas cuando oigas el pitido."],
            &[
                "El teléfono al que llama está apagado o fuera de cobertura.",
                "Inténtelo de nuevo más tarde, por favor.",
            ],
        ],
    },
    Texts {
        language: "it",
        persons: &["Sì, chi parla?", "Pronto, buongiorno.", "Casa Conti.", "Eccomi, dimmi."],
        desks: &["Trattoria da Gino, buonasera, per quante persone desidera prenotare?"],
        machines: &[
            &[
                "Hai chiamato Francesca.",
                "Sono in riunione fino alle cinque.",
                "Scrivimi, oppure parla dopo il segnale.",
            ],
            &["L'ufficio anagrafe è chiuso al pubblico.", "Riapre lunedì mattina alle nove."],
        ],
    },
    Texts {
        language: "nl",
        persons: &["Met Jansen.", "Hallo?", "Goedemorgen, met Sanne.", "Ja, met wie spreek ik?"],
        desks: &["Fietsenwinkel De Ketting, goedemiddag, met Pieter, waarmee kan ik u helpen?"],
        machines: &[
            &[
                "Dit is de voicemail van Willem de Boer.",
                "Ik kan u nu niet te woord staan.",
                "Spreek na de piep uw naam en nummer in.",
            ],
            &["Ons kantoor is gesloten.", "U kunt ons bereiken op werkdagen tussen half negen en vijf uur."],
        ],
    },
];
