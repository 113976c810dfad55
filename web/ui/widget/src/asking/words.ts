// The words of asking to be called, or to be written to.

export interface AskingWords {
  /** What the form is called: now, at a time, and where nobody can take a call. */
  title: { now: string; request: string; mail: string };
  closed: string;
  busy: string;
  lead: string;
  when: string;
  now: string;
  then: string;
  day: string;
  time: string;
  loading: string;
  noTimes: string;
  /** None at which this number may be called. */
  noTimesNumber: string;
  /** The time that was chosen is none of this number's. */
  notThen: string;
  /** This number may not be called at this hour. */
  notNow: string;
  yours: (city: string) => string;
  chosen: (when: string) => string;
  elsewhere: (time: string, city: string) => string;
  pickTime: string;
  number: string;
  country: string;
  name: string;
  email: string;
  confirm: string;
  optional: string;
  topic: string;
  anyTopic: string;
  language: string;
  anyLanguage: string;
  consent: string;
  version: (version: string) => string;
  submit: { now: string; then: string };
  sending: string;
  invalidNumber: string;
  consentNeeded: string;
  onFile: (masked: string) => string;
  /** The number at which he asked to be called before. */
  lastTime: (masked: string) => string;
  otherNumber: string;
  card: {
    at: (when: string) => string;
    soon: string;
    near: string;
    note: string;
    again: (before: string, next: string) => string;
    keep: string;
    another: string;
    elsewhere: string;
    change: string;
    leave: string;
    saved: string;
  };
  digits: { title: string; why: string; over: string; overHint: string };
  never: string;
  neverHint: string;
  long: { title: string; hint: string; act: string };
  mail: { text: string; left: (count: number) => string; send: string; done: string; doneHint: (email: string) => string; more: string; missing: string; invalid: string };
  problems: Record<string, string>;
}

const en: AskingWords = {
  title: { now: 'We call you', request: 'Leave us your request', mail: 'Send us a message' },
  closed: 'Nobody is here at the moment.',
  busy: 'Everyone is talking at the moment.',
  lead: 'Tell us what it is about, and we call you at a time that suits you.',
  when: 'When may we call?',
  now: 'As soon as someone is free',
  then: 'At a time I choose',
  day: 'Day',
  time: 'Time',
  loading: 'Looking for free times…',
  noTimes: 'No time is free in the next days. Please try again later.',
  noTimesNumber: 'There is no time in the next days at which we may call this number. Please try another number, or call us.',
  notThen: 'At the time you chose we may not call this number. Please choose another one.',
  notNow: 'At this hour we may not call this number. Please choose a time.',
  yours: (city) => `Times are yours (${city}).`,
  chosen: (when) => `We call you ${when}`,
  elsewhere: (time, city) => `${time} in ${city}`,
  pickTime: 'Please choose a time.',
  number: 'Your phone number',
  country: 'Country',
  name: 'Your name',
  email: 'Your e-mail address',
  confirm: 'Send me a confirmation by e-mail',
  optional: 'optional',
  topic: 'What is it about?',
  anyTopic: 'Something else',
  language: 'Which language do you speak?',
  anyLanguage: 'Any',
  consent: 'Yes, call me on this number about this request.',
  version: (version) => `Terms ${version}`,
  submit: { now: 'Call me now', then: 'Call me then' },
  sending: 'Asking…',
  invalidNumber: 'That does not look like a whole phone number. Please check it.',
  consentNeeded: 'We may only call you if you agree.',
  onFile: (end) => `On the number we have: ${end}`,
  lastTime: (end) => `On the number from last time: ${end}`,
  otherNumber: 'On another number',
  card: {
    at: (when) => `We call you ${when}`,
    soon: 'We call you as soon as someone is free',
    near: 'Keep your phone near. You can go on reading.',
    note: 'Note the digits below; then you can close this page.',
    again: (before, next) => `We did not reach you at ${before}. We try again ${next}.`,
    keep: 'You can close this page.',
    another: 'Another time',
    elsewhere: 'Another number',
    change: 'Call me then',
    leave: 'Leave it as it is',
    saved: 'The time is changed.',
  },
  digits: { title: 'Key in these digits when we call', why: 'So we know that it is you who asked for this call.', over: 'The digits were not keyed in', overHint: 'So we ended the call. Ask again if it was you who answered.' },
  never: 'We do not call you again',
  neverHint: 'As you asked on the phone. You can always call us.',
  long: { title: 'This takes longer than usual', hint: 'You need not wait: choose a time and we call you.', act: 'Call me back instead' },
  mail: {
    text: 'Your message',
    left: (count) => `${count} characters left`,
    send: 'Send',
    done: 'We have your message',
    doneHint: (email) => `We answer to ${email}.`,
    more: 'Write another one',
    missing: 'Please write us something.',
    invalid: 'This is not an e-mail address. Please check it.',
  },
  problems: {
    number_not_allowed: 'We cannot call this number. Premium and service numbers, and some countries, are not dialled. Try another one, or call us.',
    do_not_call: 'This number is on a list of those that are not called. You can call us instead.',
    on_registry: 'This number is on a do-not-call register, so we may not call it. Please call us instead.',
    number_waits: 'We are to call this number already.',
    calling_hours: 'At that time we may not call this number. Please choose another time.',
    due_invalid: 'This time is over or too far ahead. Please choose another one.',
    closed_then: 'Nobody is there at that time. Please choose another one.',
    slot_full: 'This time has just been taken. Please choose another one.',
    dialing: 'You are being called at this moment.',
    topic_unknown: 'The questions have changed. Please close this window and try again.',
    answers_invalid: 'The questions have changed. Please close this window and try again.',
    email_invalid: 'This is not an e-mail address. Please check it.',
    text_missing: 'Please write us something.',
  },
};

const de: AskingWords = {
  title: { now: 'Wir rufen Sie an', request: 'Hinterlassen Sie uns Ihr Anliegen', mail: 'Nachricht senden' },
  closed: 'Im Moment ist niemand da.',
  busy: 'Im Moment sprechen alle.',
  lead: 'Sagen Sie uns, worum es geht, und wir rufen Sie an, wann es Ihnen passt.',
  when: 'Wann dürfen wir anrufen?',
  now: 'Sobald jemand frei ist',
  then: 'Zu einer Zeit, die ich wähle',
  day: 'Tag',
  time: 'Uhrzeit',
  loading: 'Freie Zeiten werden gesucht …',
  noTimes: 'In den nächsten Tagen ist keine Zeit frei. Bitte versuchen Sie es später noch einmal.',
  noTimesNumber: 'In den nächsten Tagen dürfen wir diese Nummer zu keiner Zeit anrufen. Nehmen Sie bitte eine andere, oder rufen Sie uns an.',
  notThen: 'Zu der gewählten Zeit dürfen wir diese Nummer nicht anrufen. Bitte wählen Sie eine andere.',
  notNow: 'Um diese Uhrzeit dürfen wir diese Nummer nicht anrufen. Bitte wählen Sie eine Zeit.',
  yours: (city) => `Die Zeiten sind Ihre (${city}).`,
  chosen: (when) => `Wir rufen Sie an: ${when}`,
  elsewhere: (time, city) => `${time} in ${city}`,
  pickTime: 'Bitte wählen Sie eine Uhrzeit.',
  number: 'Ihre Telefonnummer',
  country: 'Land',
  name: 'Ihr Name',
  email: 'Ihre E-Mail-Adresse',
  confirm: 'Bestätigung per E-Mail an',
  optional: 'freiwillig',
  topic: 'Worum geht es?',
  anyTopic: 'Etwas anderes',
  language: 'Welche Sprache sprechen Sie?',
  anyLanguage: 'Gleich welche',
  consent: 'Ja, rufen Sie mich zu dieser Anfrage unter dieser Nummer an.',
  version: (version) => `Fassung ${version}`,
  submit: { now: 'Jetzt anrufen lassen', then: 'Dann anrufen lassen' },
  sending: 'Wird angefragt …',
  invalidNumber: 'Das sieht nicht nach einer vollständigen Nummer aus. Bitte prüfen Sie sie.',
  consentNeeded: 'Wir dürfen nur anrufen, wenn Sie zustimmen.',
  onFile: (end) => `Unter der Nummer, die wir haben: ${end}`,
  lastTime: (end) => `Unter der Nummer vom letzten Mal: ${end}`,
  otherNumber: 'Unter einer anderen Nummer',
  card: {
    at: (when) => `Wir rufen Sie an: ${when}`,
    soon: 'Wir rufen an, sobald jemand frei ist',
    near: 'Behalten Sie Ihr Telefon in der Nähe. Sie können weiterlesen.',
    note: 'Notieren Sie die Ziffern unten; dann können Sie diese Seite schließen.',
    again: (before, next) => `Um ${before} haben wir Sie nicht erreicht. Wir versuchen es wieder: ${next}.`,
    keep: 'Diese Seite können Sie schließen.',
    another: 'Andere Zeit',
    elsewhere: 'Andere Nummer',
    change: 'Dann anrufen lassen',
    leave: 'So lassen, wie es ist',
    saved: 'Die Zeit ist geändert.',
  },
  digits: { title: 'Tippen Sie diese Ziffern, wenn wir anrufen', why: 'So wissen wir, dass Sie selbst um den Anruf gebeten haben.', over: 'Die Ziffern wurden nicht eingegeben', overHint: 'Darum haben wir aufgelegt. Fragen Sie noch einmal, wenn Sie selbst abgenommen haben.' },
  never: 'Wir rufen Sie nicht mehr an',
  neverHint: 'Wie am Telefon gewünscht. Sie können uns jederzeit anrufen.',
  long: { title: 'Es dauert länger als sonst', hint: 'Sie müssen nicht warten: Wählen Sie eine Zeit, und wir rufen Sie an.', act: 'Rufen Sie mich lieber zurück' },
  mail: {
    text: 'Ihre Nachricht',
    left: (count) => `Noch ${count} Zeichen`,
    send: 'Senden',
    done: 'Wir haben Ihre Nachricht',
    doneHint: (email) => `Wir antworten an ${email}.`,
    more: 'Noch eine schreiben',
    missing: 'Bitte schreiben Sie uns etwas.',
    invalid: 'Das ist keine E-Mail-Adresse. Bitte prüfen Sie sie.',
  },
  problems: {
    number_not_allowed: 'Diese Nummer können wir nicht anrufen: Sonder- und Servicenummern und manche Länder werden nicht gewählt. Nehmen Sie eine andere oder rufen Sie uns an.',
    do_not_call: 'Diese Nummer steht auf einer Liste derer, die nicht angerufen werden. Sie können uns anrufen.',
    on_registry: 'Diese Nummer steht auf einer Sperrliste für Anrufe, darum dürfen wir sie nicht anrufen. Bitte rufen Sie uns an.',
    number_waits: 'Diese Nummer sollen wir schon anrufen.',
    calling_hours: 'Zu dieser Zeit dürfen wir diese Nummer nicht anrufen. Bitte wählen Sie eine andere.',
    due_invalid: 'Diese Zeit ist vorbei oder zu weit weg. Bitte wählen Sie eine andere.',
    closed_then: 'Zu dieser Zeit ist niemand da. Bitte wählen Sie eine andere.',
    slot_full: 'Diese Zeit ist gerade vergeben worden. Bitte wählen Sie eine andere.',
    dialing: 'Sie werden gerade angerufen.',
    topic_unknown: 'Die Fragen haben sich geändert. Bitte schließen Sie dieses Fenster und versuchen Sie es noch einmal.',
    answers_invalid: 'Die Fragen haben sich geändert. Bitte schließen Sie dieses Fenster und versuchen Sie es noch einmal.',
    email_invalid: 'Das ist keine E-Mail-Adresse. Bitte prüfen Sie sie.',
    text_missing: 'Bitte schreiben Sie uns etwas.',
  },
};

const es: AskingWords = {
  title: { now: 'Le llamamos', request: 'Déjenos su consulta', mail: 'Enviar un mensaje' },
  closed: 'En este momento no hay nadie.',
  busy: 'En este momento todos están hablando.',
  lead: 'Díganos de qué se trata y le llamamos a la hora que le convenga.',
  when: '¿Cuándo podemos llamar?',
  now: 'En cuanto alguien esté libre',
  then: 'A una hora que elijo yo',
  day: 'Día',
  time: 'Hora',
  loading: 'Buscando horas libres…',
  noTimes: 'No hay horas libres en los próximos días. Inténtelo más tarde.',
  noTimesNumber: 'En los próximos días no podemos llamar a este número a ninguna hora. Pruebe con otro o llámenos.',
  notThen: 'A la hora elegida no podemos llamar a este número. Elija otra, por favor.',
  notNow: 'A esta hora no podemos llamar a este número. Elija una hora, por favor.',
  yours: (city) => `Las horas son las suyas (${city}).`,
  chosen: (when) => `Le llamamos: ${when}`,
  elsewhere: (time, city) => `${time} en ${city}`,
  pickTime: 'Elija una hora, por favor.',
  number: 'Su número de teléfono',
  country: 'País',
  name: 'Su nombre',
  email: 'Su correo electrónico',
  confirm: 'Confirmación por correo a',
  optional: 'opcional',
  topic: '¿De qué se trata?',
  anyTopic: 'Otra cosa',
  language: '¿Qué idioma habla?',
  anyLanguage: 'Cualquiera',
  consent: 'Sí, llámenme a este número por esta consulta.',
  version: (version) => `Condiciones ${version}`,
  submit: { now: 'Llámenme ahora', then: 'Llámenme entonces' },
  sending: 'Solicitando…',
  invalidNumber: 'No parece un número completo. Compruébelo, por favor.',
  consentNeeded: 'Solo podemos llamarle si está de acuerdo.',
  onFile: (end) => `Al número que tenemos: ${end}`,
  lastTime: (end) => `Al número de la última vez: ${end}`,
  otherNumber: 'A otro número',
  card: {
    at: (when) => `Le llamamos: ${when}`,
    soon: 'Le llamamos en cuanto alguien esté libre',
    near: 'Tenga el teléfono cerca. Puede seguir leyendo.',
    note: 'Anote las cifras de abajo; después puede cerrar esta página.',
    again: (before, next) => `A las ${before} no le encontramos. Lo intentamos de nuevo: ${next}.`,
    keep: 'Puede cerrar esta página.',
    another: 'Otra hora',
    elsewhere: 'Otro número',
    change: 'Llámenme entonces',
    leave: 'Dejarlo como está',
    saved: 'La hora ha cambiado.',
  },
  digits: { title: 'Marque estas cifras cuando le llamemos', why: 'Así sabemos que fue usted quien pidió la llamada.', over: 'No se marcaron las cifras', overHint: 'Por eso terminamos la llamada. Pídala de nuevo si contestó usted.' },
  never: 'No le llamaremos más',
  neverHint: 'Como pidió por teléfono. Usted puede llamarnos cuando quiera.',
  long: { title: 'Tarda más de lo normal', hint: 'No tiene que esperar: elija una hora y le llamamos.', act: 'Prefiero que me llamen' },
  mail: {
    text: 'Su mensaje',
    left: (count) => `Quedan ${count} caracteres`,
    send: 'Enviar',
    done: 'Tenemos su mensaje',
    doneHint: (email) => `Le respondemos a ${email}.`,
    more: 'Escribir otro',
    missing: 'Escríbanos algo, por favor.',
    invalid: 'No es una dirección de correo. Compruébela, por favor.',
  },
  problems: {
    number_not_allowed: 'No podemos llamar a este número: no se marcan números especiales ni algunos países. Pruebe con otro o llámenos.',
    do_not_call: 'Este número está en una lista de los que no se llaman. Puede llamarnos usted.',
    on_registry: 'Este número está en una lista de exclusión de llamadas y no podemos llamarle. Llámenos, por favor.',
    number_waits: 'Ya vamos a llamar a este número.',
    calling_hours: 'A esa hora no podemos llamar a este número. Elija otra, por favor.',
    due_invalid: 'Esa hora ya pasó o está demasiado lejos. Elija otra, por favor.',
    closed_then: 'A esa hora no hay nadie. Elija otra, por favor.',
    slot_full: 'Esa hora acaba de ocuparse. Elija otra, por favor.',
    dialing: 'Le estamos llamando en este momento.',
    topic_unknown: 'Las preguntas han cambiado. Cierre esta ventana e inténtelo de nuevo.',
    answers_invalid: 'Las preguntas han cambiado. Cierre esta ventana e inténtelo de nuevo.',
    email_invalid: 'No es una dirección de correo. Compruébela, por favor.',
    text_missing: 'Escríbanos algo, por favor.',
  },
};

const ALL: Record<string, AskingWords> = { en, de, es };

export function askingWords(language: string): AskingWords {
  return ALL[language.toLowerCase().split('-')[0] ?? ''] ?? en;
}
