// Child processes: each in a group of its own, ended by its own id, output kept in a file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';

export class Process {
  #child;
  #ended;

  constructor(command, args, { log, cwd, firstLine = false }) {
    this.name = command;
    this.log = log;
    const file = openSync(log, 'a');
    this.#child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', firstLine ? 'pipe' : file, file] });
    closeSync(file);
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve(code ?? signal));
      this.#child.once('error', (error) => resolve(error));
    });
  }

  /** The first line it says. */
  async firstLine() {
    const lines = createInterface({ input: this.#child.stdout });
    const ended = this.#ended.then((how) => { throw new Error(`${this.name} ended at once (${how}), see ${this.log}`); });
    const [line] = await Promise.race([once(lines, 'line'), ended]);
    return line;
  }

  /** Its exit code or signal. */
  ended() {
    return this.#ended;
  }

  /** As if the power failed. */
  async kill() {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** SIGTERM, then SIGKILL where it does not obey within two seconds. */
  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || !this.#child.pid) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 2_000);
    await this.#ended;
    clearTimeout(timer);
  }
}
