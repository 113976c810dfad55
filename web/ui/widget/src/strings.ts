// Every word the widget says, in English and German; Spanish is beside it.
import { es } from './strings_es.ts';
import type { EndReason, Mode, VoiceMode, WaitCause } from '@warmline/shared/contract';
import type { MediaTrouble } from './call.ts';

export interface Strings {
  launcher: string;
  title: string;
  subtitle: string;
  close: string;
  back: string;
  loading: string;
  privacy: string;
  options: Record<Mode, { title: string; hint: string }>;
  someone: string;
  canTalk: (name: string) => string;
  soon: (minutes: number) => string;
  /** Why it takes longer than it did. */
  causes: Record<WaitCause, string>;
  /** Goes on with it. */
  atMost: (minutes: number) => string;
  atOnce: string;
  waitUnknown: string;
  yourCall: string;
  reserved: string;
  keep: string;
  scan: string;
  dialNow: (number: string) => string;
  pin: string;
  /** Where the number is not his alone. */
  code: string;
  place: (position: number) => string;
  states: {
    held: string;
    waiting: string;
    callmeWaiting: string;
    /** At a time that was chosen, and after an attempt in vain. */
    callmeAt: (when: string) => string;
    callmeAgain: (when: string) => string;
    dialing: string;
    ringing: (name: string) => string;
    talking: (name: string) => string;
    /** Goes on with it: a third one is there. */
    joined: string;
    onHold: string;
    connecting: string;
    /** He asked for a number; he can talk from the page instead. */
    noNumber: string;
    ticket: string;
    drawn: (ticket: number) => string;
  };
  hints: { held: string; noNumber: string; waiting: string; callme: string; match: (digits: string) => string; dialing: string; onPhone: string; ticket: string; drawn: string; asking: string };
  ended: Record<EndReason, { title: string; hint: string }>;
  again: Record<VoiceMode, string>;
  newNumber: string;
  other: string;
  cancel: string;
  cancelCallme: string;
  /** Who waits on the phone would rather be called. */
  callInstead: string;
  hangup: string;
  mute: string;
  unmute: string;
  playSound: string;
  reconnecting: string;
  lostSound: string;
  retryIn: (seconds: number) => string;
  problems: Record<string, string>;
  problem: string;
  media: Record<MediaTrouble, string>;
  /** In the middle of a call to another channel. */
  change: {
    /** The quiet offer, and the plain one where the sound is bad. */
    offer: string;
    poor: string;
    go: string;
    dial: string;
    dialing: string;
    stays: (name: string) => string;
    place: string;
    callMe: string;
    stay: string;
    goesOn: string;
  };
  share: {
    ask: (name: string) => string;
    hidden: string;
    allow: string;
    no: string;
    on: (name: string) => string;
    stop: string;
    suggests: (name: string) => string;
    open: string;
    openNew: string;
    noThanks: string;
  };
  signedIn: string;
  signedInAs: (name: string) => string;
  backToChat: string;
  unread: (count: number) => string;
}

const en: Strings = {
  launcher: 'Talk to us',
  title: 'Talk to a person',
  subtitle: 'We already see the page you are on.',
  close: 'Close',
  back: 'Back',
  loading: 'One moment…',
  privacy: 'We see this page as it is now. What you typed stays hidden.',
  options: {
    dial: { title: 'Call us', hint: 'Get a number that is yours alone' },
    callme: { title: 'We call you', hint: 'On any phone, right away' },
    browser: { title: 'Talk from here', hint: 'With this device’s microphone' },
    chat: { title: 'Write to us', hint: 'Chat with a person, here on this page' },
    mail: { title: 'Send us a message', hint: 'We answer by e-mail' },
  },
  someone: 'an agent',
  canTalk: (name) => `${name} can talk now`,
  soon: (minutes) => (minutes <= 1 ? 'About 1 minute to wait' : `About ${minutes} minutes to wait`),
  causes: { agents_left: 'Fewer agents now', priority: 'Someone goes first', busier: 'Busier than before' },
  atMost: (minutes) => `, in most cases at most ${minutes}`,
  atOnce: 'Someone can talk now',
  waitUnknown: 'We cannot say yet how long it takes',
  yourCall: 'Your call',
  reserved: 'Yours for',
  keep: 'Keep it',
  scan: 'Scan to call from your phone',
  dialNow: (number) => `Call ${number}`,
  pin: 'If asked, your code is',
  code: 'Then key in',
  place: (position) => (position === 1 ? 'You are next' : `You are number ${position} in line`),
  states: {
    held: 'Waiting for your call',
    waiting: 'You are in line',
    callmeWaiting: 'We call you as soon as someone is free',
    callmeAt: (when) => `We call you ${when}`,
    callmeAgain: (when) => `We try again ${when}`,
    dialing: 'We are calling you',
    ringing: (name) => `Ringing ${name}`,
    talking: (name) => `Talking with ${name}`,
    joined: ' and one more',
    onHold: 'You are on hold',
    connecting: 'Connecting',
    noNumber: 'No number works right now',
    ticket: 'Nobody can talk right now',
    drawn: (ticket) => `Your ticket: ${ticket}`,
  },
  hints: {
    held: 'Dial it from any phone. Your page will already be open at the other end.',
    waiting: 'You keep this place. Stay on the line or on this page.',
    callme: 'Keep your phone near. You can go on reading.',
    match: (digits) => `Then key in ${digits}.`,
    dialing: 'Please pick up your phone.',
    onPhone: 'You are on your phone. You can go on browsing here.',
    noNumber: 'All are taken, or our line is down. Talk from here instead.',
    ticket: 'Please try again a little later.',
    drawn: 'Stay on this page: it goes on by itself.',
    asking: 'Your browser asks whether this page may use the microphone. Choose “Allow”.',
  },
  ended: {
    normal: { title: 'Call ended', hint: 'Thank you for calling.' },
    busy: { title: 'Your line was busy', hint: 'We could not reach you because the line was in use.' },
    no_answer: { title: 'Nobody answered', hint: 'It rang, but nobody picked up.' },
    declined: { title: 'The call was declined', hint: 'No harm done: you can try again.' },
    not_found: { title: 'This number does not exist', hint: 'Please check the number and try again.' },
    unreachable: { title: 'This phone cannot be reached', hint: 'It may be switched off. Try another number.' },
    expired: { title: 'The number is no longer held for you', hint: 'It was free too long. Get a new one with one click.' },
    called: { title: 'We are calling you', hint: 'Your phone will ring in a moment.' },
    canceled: { title: 'Canceled', hint: 'Nobody will call. You can start again any time.' },
    callback: { title: 'We call you back', hint: 'You keep your place. Keep your phone near.' },
    overload: { title: 'All lines are busy', hint: 'Please try again in a moment.' },
  },
  again: { dial: 'Call again', callme: 'Call me again', browser: 'Call again' },
  newNumber: 'Get a new number',
  other: 'Other ways to talk',
  cancel: 'Cancel',
  cancelCallme: 'Don’t call me',
  callInstead: 'Call me instead',
  hangup: 'End call',
  mute: 'Mute',
  unmute: 'Unmute',
  playSound: 'Tap to hear the other side',
  reconnecting: 'Connection lost. Reconnecting…',
  lostSound: 'The sound was interrupted. Please call again.',
  retryIn: (seconds) => (seconds < 90 ? `Try again in ${seconds} seconds.` : `Try again in ${Math.ceil(seconds / 60)} minutes.`),
  problems: {
    no_number: 'No number is free right now. Your call goes on here.',
    change_under_way: 'Your phone is being called already.',
    number_waits: 'Your phone is being called already.',
    not_now: 'That does not work at this moment. Your call goes on.',
    offline: 'We cannot be reached. Check your connection and try again.',
    number_invalid: 'This is not a phone number we can dial. Please check it.',
    number_missing: 'Please enter your phone number.',
    consent_missing: 'We may only call you if you agree.',
    identity_required: 'You are no longer signed in here. Enter your number, or sign in again.',
    callme_limited: 'You were called often enough for now.',
    callme_not_now: 'We cannot call you just now.',
    too_many: 'That was a lot of requests.',
    unknown_site: 'Calls are not set up for this page.',
    token_used: 'This attempt has expired. Please start again.',
    token_expired: 'This attempt has expired. Please start again.',
    token_invalid: 'This attempt has expired. Please start again.',
    unknown_reservation: 'This request is over. Please start again.',
    over: 'This request is over. Please start again.',
    max_hold: 'We cannot hold it any longer. Call now, or get a new one.',
    call_failed: 'The call could not be connected. Please try again, or use your phone.',
    sdp_invalid: 'This browser cannot be connected. Please use your phone.',
    overload: 'All lines are busy.',
  },
  problem: 'That did not work. Please try again.',
  media: {
    insecure: 'This page may not use a microphone.',
    denied: 'The microphone is blocked. Allow it in the address bar, then try again.',
    no_microphone: 'No microphone was found. Plug one in, or use your phone.',
    failed: 'The sound could not be connected. Your network may block calls; use your phone instead.',
  },
  change: {
    offer: 'Sound bad? Go on by phone',
    poor: 'The sound is poor here.',
    go: 'Go on by phone',
    dial: 'Call this number to go on',
    dialing: 'We are calling your phone. Pick up to go on',
    stays: (name) => `${name} stays with you; this call goes on until you are there.`,
    place: 'You keep your place; this call goes on until you are there.',
    callMe: 'Call me instead',
    stay: 'Stay here',
    goesOn: 'Your call goes on here.',
  },
  share: {
    ask: (name) => `${name} would like to see this page while you talk`,
    hidden: 'What you type stays hidden. You can stop it at any time.',
    allow: 'Allow',
    no: 'No',
    on: (name) => `${name} sees this page`,
    stop: 'Stop',
    suggests: (name) => `${name} suggests a page`,
    open: 'Open',
    openNew: 'Open in a new tab',
    noThanks: 'No thanks',
  },
  signedIn: 'You are signed in',
  signedInAs: (name) => `Signed in as ${name}`,
  backToChat: 'Back to the chat',
  unread: (count) => (count === 1 ? '1 new message' : `${count} new messages`),
};

const de: Strings = {
  launcher: 'Sprechen Sie mit uns',
  title: 'Mit einem Menschen sprechen',
  subtitle: 'Wir sehen schon, auf welcher Seite Sie sind.',
  close: 'Schließen',
  back: 'Zurück',
  loading: 'Einen Moment …',
  privacy: 'Wir sehen diese Seite, wie sie jetzt ist. Was Sie eingegeben haben, bleibt verborgen.',
  options: {
    dial: { title: 'Rufen Sie uns an', hint: 'Mit einer Nummer nur für Sie' },
    callme: { title: 'Wir rufen Sie an', hint: 'Auf jedem Telefon, sofort' },
    browser: { title: 'Von hier aus sprechen', hint: 'Über das Mikrofon dieses Geräts' },
    chat: { title: 'Schreiben Sie uns', hint: 'Im Chat mit einem Menschen, hier auf der Seite' },
    mail: { title: 'Nachricht senden', hint: 'Wir antworten per E-Mail' },
  },
  someone: 'unserem Team',
  canTalk: (name) => `${name} kann jetzt sprechen`,
  soon: (minutes) => (minutes <= 1 ? 'Etwa 1 Minute Wartezeit' : `Etwa ${minutes} Minuten Wartezeit`),
  causes: { agents_left: 'Jetzt weniger Mitarbeiter', priority: 'Jemand hat Vorrang', busier: 'Mehr los als zuvor' },
  atMost: (minutes) => `, meist höchstens ${minutes}`,
  atOnce: 'Jemand kann jetzt sprechen',
  waitUnknown: 'Noch lässt sich nicht sagen, wie lange es dauert',
  yourCall: 'Ihr Anruf',
  reserved: 'Für Sie noch',
  keep: 'Behalten',
  scan: 'Scannen und vom Handy anrufen',
  dialNow: (number) => `${number} anrufen`,
  pin: 'Falls gefragt, Ihr Code:',
  code: 'Tippen Sie dann',
  place: (position) => (position === 1 ? 'Sie sind als Nächstes dran' : `Sie sind auf Platz ${position}`),
  states: {
    held: 'Wir warten auf Ihren Anruf',
    waiting: 'Sie sind in der Warteschlange',
    callmeWaiting: 'Wir rufen an, sobald jemand frei ist',
    callmeAt: (when) => `Wir rufen Sie an: ${when}`,
    callmeAgain: (when) => `Wir versuchen es wieder: ${when}`,
    dialing: 'Wir rufen Sie an',
    ringing: (name) => `Es klingelt bei ${name}`,
    talking: (name) => `Im Gespräch mit ${name}`,
    joined: ' und noch jemand',
    onHold: 'Sie werden gehalten',
    connecting: 'Wird verbunden',
    noNumber: 'Gerade geht keine Nummer',
    ticket: 'Gerade kann niemand sprechen',
    drawn: (ticket) => `Ihr Ticket: ${ticket}`,
  },
  hints: {
    held: 'Wählen Sie von jedem Telefon. Ihre Seite ist dort schon geöffnet.',
    waiting: 'Ihr Platz bleibt. Bleiben Sie am Telefon oder auf dieser Seite.',
    callme: 'Halten Sie Ihr Telefon bereit. Sie können weiterlesen.',
    match: (digits) => `Tippen Sie dann ${digits} ein.`,
    dialing: 'Bitte nehmen Sie ab.',
    onPhone: 'Sie sprechen am Telefon. Hier können Sie weiter stöbern.',
    noNumber: 'Alle sind vergeben, oder unsere Leitung ist gestört. Sprechen Sie von hier aus.',
    ticket: 'Bitte versuchen Sie es etwas später.',
    drawn: 'Bleiben Sie auf dieser Seite: Es geht von selbst weiter.',
    asking: 'Ihr Browser fragt nach dem Mikrofon. Wählen Sie „Zulassen“.',
  },
  ended: {
    normal: { title: 'Gespräch beendet', hint: 'Danke für Ihren Anruf.' },
    busy: { title: 'Ihr Anschluss war besetzt', hint: 'Wir konnten Sie nicht erreichen, weil gesprochen wurde.' },
    no_answer: { title: 'Niemand hat abgenommen', hint: 'Es hat geklingelt, aber niemand nahm ab.' },
    declined: { title: 'Der Anruf wurde abgelehnt', hint: 'Kein Problem: Sie können es erneut versuchen.' },
    not_found: { title: 'Diese Nummer gibt es nicht', hint: 'Bitte prüfen Sie die Nummer.' },
    unreachable: { title: 'Dieses Telefon ist nicht erreichbar', hint: 'Vielleicht ist es ausgeschaltet. Versuchen Sie eine andere Nummer.' },
    expired: { title: 'Die Nummer ist nicht mehr für Sie reserviert', hint: 'Mit einem Klick bekommen Sie eine neue.' },
    called: { title: 'Wir rufen Sie an', hint: 'Ihr Telefon klingelt gleich.' },
    canceled: { title: 'Abgebrochen', hint: 'Niemand ruft an. Sie können jederzeit neu beginnen.' },
    callback: { title: 'Wir rufen Sie zurück', hint: 'Ihr Platz bleibt. Halten Sie Ihr Telefon bereit.' },
    overload: { title: 'Alle Leitungen sind besetzt', hint: 'Bitte versuchen Sie es gleich noch einmal.' },
  },
  again: { dial: 'Noch einmal anrufen', callme: 'Noch einmal anrufen lassen', browser: 'Noch einmal anrufen' },
  newNumber: 'Neue Nummer holen',
  other: 'Andere Wege',
  cancel: 'Abbrechen',
  cancelCallme: 'Doch nicht anrufen',
  callInstead: 'Lieber zurückrufen lassen',
  hangup: 'Auflegen',
  mute: 'Stumm',
  unmute: 'Ton an',
  playSound: 'Tippen, um zu hören',
  reconnecting: 'Verbindung unterbrochen. Wird wiederhergestellt …',
  lostSound: 'Der Ton wurde unterbrochen. Bitte rufen Sie noch einmal an.',
  retryIn: (seconds) => (seconds < 90 ? `Neuer Versuch in ${seconds} Sekunden.` : `Neuer Versuch in ${Math.ceil(seconds / 60)} Minuten.`),
  problems: {
    no_number: 'Gerade ist keine Nummer frei. Ihr Gespräch läuft hier weiter.',
    change_under_way: 'Ihr Telefon wird schon angerufen.',
    number_waits: 'Ihr Telefon wird schon angerufen.',
    not_now: 'Das geht gerade nicht. Ihr Gespräch läuft weiter.',
    offline: 'Wir sind nicht erreichbar. Prüfen Sie Ihre Verbindung.',
    number_invalid: 'Diese Nummer lässt sich nicht wählen. Bitte prüfen Sie sie.',
    number_missing: 'Bitte geben Sie Ihre Telefonnummer ein.',
    consent_missing: 'Wir dürfen nur anrufen, wenn Sie zustimmen.',
    identity_required: 'Sie sind hier nicht mehr angemeldet. Geben Sie Ihre Nummer ein oder melden Sie sich neu an.',
    callme_limited: 'Wir haben Sie fürs Erste oft genug angerufen.',
    callme_not_now: 'Gerade können wir Sie nicht anrufen.',
    too_many: 'Das waren sehr viele Anfragen.',
    unknown_site: 'Für diese Seite sind keine Anrufe eingerichtet.',
    token_used: 'Dieser Versuch ist abgelaufen. Bitte beginnen Sie neu.',
    token_expired: 'Dieser Versuch ist abgelaufen. Bitte beginnen Sie neu.',
    token_invalid: 'Dieser Versuch ist abgelaufen. Bitte beginnen Sie neu.',
    unknown_reservation: 'Diese Anfrage ist vorbei. Bitte beginnen Sie neu.',
    over: 'Diese Anfrage ist vorbei. Bitte beginnen Sie neu.',
    max_hold: 'Länger können wir sie nicht freihalten. Rufen Sie jetzt an oder holen Sie eine neue.',
    call_failed: 'Der Anruf kam nicht zustande. Bitte versuchen Sie es erneut oder nehmen Sie Ihr Telefon.',
    sdp_invalid: 'Dieser Browser lässt sich nicht verbinden. Bitte nehmen Sie Ihr Telefon.',
    overload: 'Alle Leitungen sind besetzt.',
  },
  problem: 'Das hat nicht geklappt. Bitte versuchen Sie es erneut.',
  media: {
    insecure: 'Diese Seite darf kein Mikrofon benutzen.',
    denied: 'Das Mikrofon ist gesperrt. Erlauben Sie es in der Adresszeile und versuchen Sie es erneut.',
    no_microphone: 'Kein Mikrofon gefunden. Schließen Sie eines an oder nehmen Sie Ihr Telefon.',
    failed: 'Der Ton kam nicht zustande. Vielleicht sperrt Ihr Netz Anrufe; nehmen Sie Ihr Telefon.',
  },
  change: {
    offer: 'Ton schlecht? Am Telefon weitersprechen',
    poor: 'Der Ton ist hier schlecht.',
    go: 'Am Telefon weitersprechen',
    dial: 'Rufen Sie diese Nummer an',
    dialing: 'Wir rufen Sie an. Nehmen Sie ab, um weiterzusprechen',
    stays: (name) => `${name} bleibt bei Ihnen; bis dahin läuft dieses Gespräch weiter.`,
    place: 'Sie behalten Ihren Platz; bis dahin läuft dieser Anruf weiter.',
    callMe: 'Lieber anrufen lassen',
    stay: 'Hier bleiben',
    goesOn: 'Ihr Gespräch läuft hier weiter.',
  },
  share: {
    ask: (name) => `${name} möchte diese Seite sehen, während Sie sprechen`,
    hidden: 'Was Sie eingeben, bleibt verborgen. Sie können es jederzeit beenden.',
    allow: 'Erlauben',
    no: 'Nein',
    on: (name) => `${name} sieht diese Seite`,
    stop: 'Beenden',
    suggests: (name) => `${name} schlägt eine Seite vor`,
    open: 'Öffnen',
    openNew: 'In neuem Tab öffnen',
    noThanks: 'Nein, danke',
  },
  signedIn: 'Sie sind angemeldet',
  signedInAs: (name) => `Angemeldet als ${name}`,
  backToChat: 'Zurück zum Chat',
  unread: (count) => (count === 1 ? '1 neue Nachricht' : `${count} neue Nachrichten`),
};

const ALL: Record<string, Strings> = { en, de, es };

export function stringsFor(language: string | undefined): Strings {
  return ALL[language?.toLowerCase().split('-')[0] ?? ''] ?? en;
}
