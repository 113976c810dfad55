// Files that somebody chooses to be sent.
import { Problem } from './api.ts';

/** The switch takes no larger list, in bytes. */
const MOST = 4 * 1024 * 1024;

/** What is in a file. One that would be refused anyway is not read. */
export async function textOf(file: File): Promise<string> {
  if (file.size > MOST) throw new Problem(413, 'body_too_large', '', null);
  return file.text();
}
