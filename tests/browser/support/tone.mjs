// Tones: written to files, found in recordings and in what a page hears.
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

/** How many stretches of 100 ms of a recording are `hz`. */
export function heard(file, hz) {
  const wav = readWav(file);
  if (!wav) return 0;
  const length = wav.rate / 10;
  let count = 0;
  for (let at = 0; at + length <= wav.samples.length; at += length) {
    if (share(wav.rate, wav.samples.slice(at, at + length), hz, 100) > 0.5) count += 1;
  }
  return count;
}

/** Four frequencies of this run, none near another or its overtones. */
export function tones() {
  const step = Math.floor(Math.random() * 6) * 10;
  return { visitor: 450 + step, agent: 1_050 + step, carrier: 620 + step, phone: 1_570 + step };
}
