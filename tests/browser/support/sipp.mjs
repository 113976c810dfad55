// SIPp as a carrier whose customers refuse.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Process } from './process.mjs';

/** Answers every INVITE on `port` with 180 and then `refusal`, for example `486 Busy Here`. */
export function refuser(folder, port, refusal) {
  const scenario = join(folder, 'refuser.xml');
  // SIPp takes a response's code from the file only.
  writeFileSync(scenario, readFileSync(join(import.meta.dirname, 'refuser.xml'), 'utf8').replace('[refusal]', refusal));
  const args = ['-sf', scenario, '-i', '127.0.0.1', '-p', String(port), '-nostdin', '-timeout', '100'];
  return new Process('sipp', args, { log: join(folder, 'sipp.log'), cwd: folder });
}
