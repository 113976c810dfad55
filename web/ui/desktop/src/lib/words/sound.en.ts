// Words about devices, levels, the echo test, the check before a shift and the quality of a call, in English.
import type { Item } from '../sound/check.ts';
import type { Kind } from '../sound/choices.ts';
import type { EchoVerdict } from '../sound/echo.ts';
import type { Heard } from '../sound/level.ts';
import type { Trouble } from '../sound/quality.ts';

export const soundEn = {
  title: 'Sound',
  close: 'Close',
  kinds: { microphone: 'Microphone', speaker: 'Speaker', ringer: 'Ringer' } as Record<Kind, string>,
  hints: { speaker: 'Customers are heard here.', ringer: 'Calls ring here, for example beside the headset.' },
  standard: 'System default',
  nameless: (n: number) => `Device ${n}`,
  fixed: 'This browser plays everything on the system\u2019s speaker.',
  volume: 'Ringer volume',
  level: 'Level of the microphone',
  tone: 'Play a tone',
  ring: 'Ring once',
  unnamed: 'The chosen device',
  silent: 'Calls ring silently here.',
  silentText: 'Your browser lets this page ring once you have clicked in it or pressed a key.',
  lost: {
    microphone: (name: string) => `${name} is not connected. The default microphone is used until it is back.`,
    speaker: (name: string) => `${name} is not connected. The default speaker is used until it is back.`,
    ringer: (name: string) => `${name} is not connected. Calls ring on the default speaker until it is back.`,
  } as Record<Kind, (name: string) => string>,
  heard: {
    listening: 'Say something.',
    good: 'We hear you well.',
    quiet: 'We hear you only faintly. Move the microphone closer or turn it up.',
    loud: 'That is too loud. Move the microphone away or turn it down.',
    nothing: 'We hear nothing: is it muted, or is it the wrong microphone?',
  } as Record<Heard, string>,
  echo: {
    title: 'Echo test',
    text: 'Say a sentence. The switch sends it back, and you hear what customers hear.',
    start: 'Test',
    again: 'Test again',
    stop: 'Stop',
    calling: 'Connecting',
    speak: 'Speak now',
    refused: 'Not during a call.',
    failed: 'The echo could not be reached. Is your phone connected?',
    sent: 'Sent',
    back: 'Came back',
    roundTrip: 'Round trip',
    loss: 'Lost',
    jitter: 'Jitter',
    percent: (n: number) => `${n} %`,
    verdicts: {
      good: 'All is well: what you say arrives, and comes back clearly.',
      unheard: 'You were not heard. Speak during the test, or choose another microphone.',
      'nothing-back': 'Nothing came back. Your network may block sound; tell your administrator that UDP does not get through.',
      faint: 'What came back is much fainter than what you said. Turn the microphone up or choose another.',
      lossy: 'Parts of the sound are lost. Use a cable instead of Wi-Fi, and stop downloads.',
      unsteady: 'The sound arrives unevenly. Use a cable instead of Wi-Fi, and stop downloads.',
      slow: 'The sound takes long, so you may talk over each other. A VPN or a slow line may be the reason.',
    } as Record<EchoVerdict, string>,
  },
  quality: {
    cut: 'Your connection is interrupted: nobody hears anybody. It is being repaired; check your network.',
    nothing: 'Nothing arrives from the customer. Ask whether they hear you; if not, offer to call back.',
    'sent-loss': 'The customer may hear you badly: parts of what you say are lost. Use a cable instead of Wi-Fi, and stop downloads.',
    loss: 'You may hear each other badly: parts of the sound are lost. Use a cable instead of Wi-Fi, and stop downloads.',
    jitter: 'The customer may sound choppy: the sound arrives unevenly. Use a cable instead of Wi-Fi, and stop downloads.',
    delay: 'The customer may hear you late: the line is slow. Let them finish; a VPN may be the reason.',
  } as Record<Trouble, string>,
  check: {
    title: 'Check before the shift',
    intro: 'Half a minute, so that your first customer hears you.',
    introPhone: 'A quick look at what your calls need.',
    now: 'Check now',
    go: 'Go ready',
    skip: 'Skip and go ready',
    done: 'Done',
    every: 'Check before my first Ready of a shift',
    yes: 'Yes, I heard it',
    no: 'No',
    allow: 'Allow',
    again: 'Try again',
    settings: 'Change devices',
    lights: { waiting: 'To do', running: 'Checking', green: 'Fine', amber: 'Attention', red: 'Not working' },
    items: {
      microphone: 'Microphone allowed', input: 'Your voice', speaker: 'Your speaker', phone: 'Your phone', echo: 'Echo test', notifications: 'Notifications', connection: 'Connection',
    } as Record<Item, string>,
    words: {
      microphone: {
        unknown: 'Allow the microphone when the browser asks.', granted: 'The browser lets us use it.', denied: 'It is blocked. Click the icon left of the address and allow the microphone.',
        missing: 'None was found. Plug in a headset.', insecure: 'Open the desktop over HTTPS or on localhost.',
      },
      input: {
        waiting: 'Comes when the microphone is allowed.', listening: 'Say something.', good: 'We hear you well.', quiet: 'You are faint. Move the microphone closer or turn it up.',
        loud: 'Too loud. Move the microphone away or turn it down.', nothing: 'We hear nothing: is it muted, or the wrong one?',
      },
      speaker: { waiting: 'Play a tone. Did you hear it?', heard: 'You heard the tone.', unheard: 'Choose another speaker or turn the volume up, then play it again.' },
      phone: {
        ready: 'It is registered; calls can reach you.', browser: 'It is connecting. This takes a moment.', account: 'Your desk phone is not registered. Check its cable and account.',
        number: 'No line is up that could reach your number. The operator has been told.',
      },
      echo: {
        waiting: 'Say a sentence and hear it come back.', running: 'Speak now.', good: 'What you say arrives and comes back.', unheard: 'You were not heard. Speak during the test, or choose another microphone.',
        'nothing-back': 'Nothing came back. Your network may block sound; tell your administrator that UDP does not get through.', faint: 'It came back faint. Turn the microphone up or choose another.',
        lossy: 'Parts are lost. Use a cable instead of Wi-Fi.', unsteady: 'It arrives unevenly. Use a cable instead of Wi-Fi.', slow: 'It takes long. A VPN or a slow line may be the reason.', failed: 'It could not be reached. Try again when your phone is connected.',
      },
      notifications: {
        granted: 'You are told of calls when you look elsewhere.', default: 'Allow them to be told of calls when you look elsewhere.', denied: 'They are blocked: keep this tab in sight, or allow them in the browser\u2019s settings.',
        unsupported: 'This browser has none: keep this tab in sight.',
      },
      connection: { running: 'Measuring.', good: 'The switch answers quickly.', slow: 'The switch answers slowly. Use a cable instead of Wi-Fi; a VPN may be the reason.', none: 'The switch does not answer. Check your network.' },
    } as Record<Item, Record<string, string>>,
    dial: 'To hear yourself on your desk phone, dial the echo number, normally *43.',
  },
};

export type SoundWords = typeof soundEn;
