// Tones: written to files, found in recordings and in what a page hears. Speech: written to files.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/** Writes `secs` of a steady tone, 16-bit mono. Whole periods fit into each second: it may be looped. */
export function writeTone(file, hz, secs, rate) {
  const data = Buffer.alloc(rate * secs * 2);
  for (let n = 0; n < rate * secs; n += 1) data.writeInt16LE(Math.round(8_000 * Math.sin((2 * Math.PI * hz * n) / rate)), n * 2);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  writeFileSync(file, Buffer.concat([head, data]));
}

/** Writes a German greeting as espeak-ng says it, 16-bit mono, 8,000 a second; then nothing for `silent` seconds. */
export function writeGreeting(file, text, silent) {
  const said = spawnSync('espeak-ng', ['-v', 'de', '-s', '150', '--stdout', text]);
  const { status } = spawnSync('sox', ['-t', 'wav', '-', '-r', '8000', '-c', '1', '-b', '16', file, 'pad', '0', String(silent)], { input: said.stdout });
  if (status !== 0) throw new Error(`espeak-ng and sox have not said ${text}`);
}

/** The share of a stretch's power that is at `hz` (Goertzel over its whole length), 0 to 1; 0 for silence. Also run inside pages. */
export function share(rate, samples, hz, silence) {
  let power = 0;
  for (const sample of samples) power += sample * sample;
  if (samples.length === 0 || power / samples.length < silence) return 0;
  const turn = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let one = 0;
  let two = 0;
  for (const sample of samples) [one, two] = [sample + turn * one - two, one];
  return (2 * (one * one + two * two - turn * one * two)) / (power * samples.length);
}

/** A recording that may still be written to: its sizes are not believed. */
function readWav(file) {
  const bytes = readFileSync(file);
  const data = bytes.indexOf('data') + 8;
  if (data < 44) return null;
  const channels = Math.max(1, bytes.readUInt16LE(22));
  const samples = [];
  for (let at = data; at + 2 * channels <= bytes.length; at += 2 * channels) samples.push(bytes.readInt16LE(at));
  return { rate: bytes.readUInt32LE(24), samples };
}

/** A recording in stretches of 100 ms, from the so-manieth on: of each a function from Hz to its share. */
export function stretches(file, from = 0) {
  const wav = readWav(file);
  if (!wav) return [];
  const length = wav.rate / 10;
  const whole = Math.floor(wav.samples.length / length);
  return Array.from({ length: Math.max(0, whole - from) }, (_, at) => {
    const samples = wav.samples.slice((from + at) * length, (from + at + 1) * length);
    return (hz) => share(wav.rate, samples, hz, 100);
  });
}

/** Whether a stretch is mostly `hz`. */
export const isTone = (stretch, hz) => stretch(hz) > 0.5;

/** Whether a stretch holds several tones at once, none much weaker than the others. */
export const isMixed = (stretch, tones) => tones.every((hz) => stretch(hz) > 0.5 / tones.length);

/** The notes of the switch's music on hold, in Hz, as a stretch tells them apart; its overtones beside. */
const NOTES = [110, 131, 175, 196, 262, 294, 330, 392, 440, 494];

/** Whether a stretch is music on hold, with nothing of `absent` in it. */
export function isMusic(stretch, absent) {
  const notes = NOTES.reduce((sum, hz) => sum + stretch(hz), 0);
  return notes > 0.5 && absent.every((hz) => stretch(hz) < 0.02);
}

/** Five frequencies of this run, none near another or its overtones. */
export function tones() {
  const step = Math.floor(Math.random() * 6) * 10;
  return { visitor: 450 + step, agent: 1_050 + step, colleague: 820 + step, carrier: 620 + step, phone: 1_570 + step };
}
