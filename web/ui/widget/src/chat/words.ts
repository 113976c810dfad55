// The chat's words.

export interface ChatWords {
  title: string;
  waiting: string;
  place: (position: number) => string;
  asking: (name: string) => string;
  with: (name: string) => string;
  someone: string;
  meanwhile: string;
  write: string;
  send: string;
  typing: (name: string) => string;
  joined: (name: string) => string;
  handedOn: (name: string) => string;
  callProposed: (name: string) => string;
  call: string;
  sending: string;
  sent: string;
  read: string;
  failed: string;
  retry: string;
  tooLong: string;
  tooFast: string;
  full: string;
  you: string;
  end: string;
  endSure: string;
  endYes: string;
  endNo: string;
  ended: Record<'normal' | 'away' | 'idle', string>;
  again: string;
  other: string;
  ticket: string;
  reconnecting: string;
  back: string;
  close: string;
  log: string;
}

const en: ChatWords = {
  title: 'Chat',
  waiting: 'Someone will be with you soon',
  place: (position) => (position === 1 ? 'You are next' : `You are number ${position} in line`),
  asking: (name) => `Asking ${name}…`,
  with: (name) => name,
  someone: 'a colleague',
  meanwhile: 'You can already write what it is about.',
  write: 'Write a message',
  send: 'Send',
  typing: (name) => `${name} is typing…`,
  joined: (name) => `${name} is here`,
  handedOn: (name) => `${name} has asked a colleague to go on`,
  callProposed: (name) => `${name} would like to talk to you.`,
  call: 'Call',
  sending: 'Sending…',
  sent: 'Sent',
  read: 'Read',
  failed: 'Not sent.',
  retry: 'Try again',
  tooLong: 'That is too long: 2,000 characters at most.',
  tooFast: 'A little slower, please: it is sent in a moment.',
  full: 'This chat is full. Please start a new one.',
  you: 'You',
  end: 'End chat',
  endSure: 'End this chat?',
  endYes: 'Yes, end it',
  endNo: 'Go on',
  ended: {
    normal: 'The chat has ended. Thank you for writing.',
    away: 'The chat has ended because this page was away.',
    idle: 'The chat has ended because nobody wrote for a while.',
  },
  again: 'New chat',
  other: 'Other ways to talk',
  ticket: 'Nobody can write back right now. Please try again a little later.',
  reconnecting: 'Connection lost. Reconnecting…',
  back: 'Back',
  close: 'Close',
  log: 'What was written',
};

const de: ChatWords = {
  title: 'Chat',
  waiting: 'Gleich ist jemand für Sie da',
  place: (position) => (position === 1 ? 'Sie sind als Nächstes dran' : `Sie sind auf Platz ${position}`),
  asking: (name) => `${name} wird gefragt …`,
  with: (name) => name,
  someone: 'jemand aus dem Team',
  meanwhile: 'Schreiben Sie ruhig schon, worum es geht.',
  write: 'Nachricht schreiben',
  send: 'Senden',
  typing: (name) => `${name} schreibt …`,
  joined: (name) => `${name} ist da`,
  handedOn: (name) => `${name} hat einen Kollegen gebeten, weiterzumachen`,
  callProposed: (name) => `${name} möchte mit Ihnen sprechen.`,
  call: 'Anrufen',
  sending: 'Wird gesendet …',
  sent: 'Gesendet',
  read: 'Gelesen',
  failed: 'Nicht gesendet.',
  retry: 'Noch einmal',
  tooLong: 'Das ist zu lang: höchstens 2.000 Zeichen.',
  tooFast: 'Etwas langsamer bitte: Es wird gleich gesendet.',
  full: 'Dieser Chat ist voll. Bitte beginnen Sie einen neuen.',
  you: 'Sie',
  end: 'Chat beenden',
  endSure: 'Diesen Chat beenden?',
  endYes: 'Ja, beenden',
  endNo: 'Weiterschreiben',
  ended: {
    normal: 'Der Chat ist beendet. Danke für Ihre Nachricht.',
    away: 'Der Chat wurde beendet, weil diese Seite nicht mehr offen war.',
    idle: 'Der Chat wurde beendet, weil länger niemand geschrieben hat.',
  },
  again: 'Neuer Chat',
  other: 'Andere Wege',
  ticket: 'Gerade kann niemand antworten. Bitte versuchen Sie es etwas später.',
  reconnecting: 'Verbindung unterbrochen. Wird wiederhergestellt …',
  back: 'Zurück',
  close: 'Schließen',
  log: 'Verlauf',
};

const es: ChatWords = {
  title: 'Chat',
  waiting: 'Enseguida le atenderá alguien',
  place: (position) => (position === 1 ? 'Es el siguiente' : `Tiene el puesto ${position}`),
  asking: (name) => `Avisando a ${name}…`,
  with: (name) => name,
  someone: 'alguien del equipo',
  meanwhile: 'Ya puede escribir de qué se trata.',
  write: 'Escriba un mensaje',
  send: 'Enviar',
  typing: (name) => `${name} está escribiendo…`,
  joined: (name) => `${name} ya está aquí`,
  handedOn: (name) => `${name} ha pedido a otra persona que siga`,
  callProposed: (name) => `${name} quiere hablar con usted.`,
  call: 'Llamar',
  sending: 'Enviando…',
  sent: 'Enviado',
  read: 'Leído',
  failed: 'No se ha enviado.',
  retry: 'Reintentar',
  tooLong: 'Es demasiado largo: 2.000 caracteres como máximo.',
  tooFast: 'Un poco más despacio: se enviará enseguida.',
  full: 'Este chat está lleno. Empiece uno nuevo, por favor.',
  you: 'Usted',
  end: 'Terminar el chat',
  endSure: '¿Terminar este chat?',
  endYes: 'Sí, terminar',
  endNo: 'Seguir',
  ended: {
    normal: 'El chat ha terminado. Gracias por escribirnos.',
    away: 'El chat ha terminado porque esta página no estaba abierta.',
    idle: 'El chat ha terminado porque hacía rato que nadie escribía.',
  },
  again: 'Nuevo chat',
  other: 'Otras formas de hablar',
  ticket: 'Ahora nadie puede responder. Inténtelo un poco más tarde.',
  reconnecting: 'Conexión perdida. Reconectando…',
  back: 'Atrás',
  close: 'Cerrar',
  log: 'Conversación',
};

const ALL: Record<string, ChatWords> = { en, de, es };

export function chatWords(language: string): ChatWords {
  return ALL[language.toLowerCase().split('-')[0] ?? ''] ?? en;
}
