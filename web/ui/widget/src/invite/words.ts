// What an invitation says besides the words of whoever invites, in English, German and Spanish.
import type { InviteOption } from '@warmline/shared/contract_watch';

export interface InviteWords {
  /** Where the firm has given none. */
  title: string;
  now: string;
  kinds: { closed: string; busy: string };
  options: Record<Exclude<InviteOption, 'callme'>, string>;
  callme: (number: string | null) => string;
  /** Nobody can now, or he would rather be called at another time. */
  later: string;
  others: string;
  no: string;
  close: string;
  listen: (name: string) => string;
  look: (name: string) => string;
  someone: string;
  /** What cannot be played here. */
  elsewhere: string;
  newTab: string;
}

const en: InviteWords = {
  title: 'Can we help?',
  now: 'can talk to you now',
  kinds: { closed: 'Nobody is here right now', busy: 'Everybody is talking right now' },
  options: { dial: 'Call us', browser: 'Talk from here', chat: 'Chat', mail: 'Send a message', conference: 'Join a web conference' },
  callme: (number) => (number ? `Call me on ${number}` : 'Call me'),
  later: 'Call me at another time',
  others: 'Other ways to talk',
  no: 'No, thanks',
  close: 'Close the invitation',
  listen: (name) => `Hear a message from ${name}`,
  look: (name) => `Watch a message from ${name}`,
  someone: 'us',
  elsewhere: 'Open the message',
  newTab: 'in a new tab',
};

const de: InviteWords = {
  title: 'Können wir helfen?',
  now: 'kann jetzt mit Ihnen sprechen',
  kinds: { closed: 'Gerade ist niemand da', busy: 'Gerade sind alle im Gespräch' },
  options: { dial: 'Uns anrufen', browser: 'Von hier aus sprechen', chat: 'Chatten', mail: 'Nachricht schreiben', conference: 'An einer Webkonferenz teilnehmen' },
  callme: (number) => (number ? `Rufen Sie mich an: ${number}` : 'Rufen Sie mich an'),
  later: 'Zu einer anderen Zeit anrufen lassen',
  others: 'Andere Wege zu uns',
  no: 'Nein, danke',
  close: 'Einladung schließen',
  listen: (name) => `Nachricht von ${name} anhören`,
  look: (name) => `Nachricht von ${name} ansehen`,
  someone: 'uns',
  elsewhere: 'Nachricht öffnen',
  newTab: 'in einem neuen Tab',
};

const es: InviteWords = {
  title: '¿Podemos ayudarle?',
  now: 'puede hablar con usted ahora',
  kinds: { closed: 'Ahora no hay nadie', busy: 'Ahora todos están hablando' },
  options: { dial: 'Llamarles', browser: 'Hablar desde aquí', chat: 'Chatear', mail: 'Enviar un mensaje', conference: 'Entrar en una conferencia web' },
  callme: (number) => (number ? `Llámenme al ${number}` : 'Llámenme'),
  later: 'Que me llamen en otro momento',
  others: 'Otras formas de hablar',
  no: 'No, gracias',
  close: 'Cerrar la invitación',
  listen: (name) => `Escuchar un mensaje de ${name}`,
  look: (name) => `Ver un mensaje de ${name}`,
  someone: 'nuestro equipo',
  elsewhere: 'Abrir el mensaje',
  newTab: 'en otra pestaña',
};

const WORDS: Record<string, InviteWords> = { en, de, es };

/** In the language of the invitation, else the browser's, else English. */
export function inviteWords(...languages: string[]): InviteWords {
  for (const language of languages) {
    const words = WORDS[language.toLowerCase().split('-')[0] ?? ''];
    if (words) return words;
  }
  return en;
}
