// SIPp as a carrier whose customers refuse.
import { join } from 'node:path';
import { Process } from './process.mjs';

/** Answers every INVITE on `port` with 180 and then `refusal`, for example `486 Busy Here`. */
export function refuser(folder, port, refusal) {
  const scenario = join(import.meta.dirname, 'refuser.xml');
  const args = ['-sf', scenario, '-i', '127.0.0.1', '-p', String(port), '-key', 'refusal', refusal, '-nostdin', '-timeout', '100'];
  return new Process('sipp', args, { log: join(folder, 'sipp.log'), cwd: folder });
}
