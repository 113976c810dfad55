// coturn, as a firm has it beside us: reached by TCP alone, as from a network that lets no UDP out.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, portRange } from './ports.mjs';
import { Process } from './process.mjs';
import { until } from './until.mjs';

const SECRET = 'a secret of the relay and the switch';

export class Turn {
  static async start() {
    const [folder, port, [first, last]] = [mkdtempSync(join(tmpdir(), 'warmline-turn-')), await freePort(), await portRange(20)];
    const turn = new Turn(folder, port, [
      '-n', '--no-cli', '--no-tls', '--no-dtls', '--no-udp', '--simple-log', '--log-file=stdout', `--pidfile=${folder}/pid`, `--userdb=${folder}/db`,
      '--listening-ip=127.0.0.1', `--listening-port=${port}`, '--relay-ip=127.0.0.1', `--min-port=${first}`, `--max-port=${last}`,
      '--realm=warmline', '--use-auth-secret', `--static-auth-secret=${SECRET}`, '--allow-loopback-peers', '--verbose',
    ]);
    await until('coturn listens', () => new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() && true));
      socket.on('error', () => resolve(false));
    }));
    return turn;
  }

  constructor(folder, port, args) {
    Object.assign(this, { folder, port });
    this.process = new Process('turnserver', args, { log: join(folder, 'turn.log'), cwd: folder });
  }

  /** What the switch is told of it. */
  get settings() {
    return `[web.turn]\nurls = ["turn:127.0.0.1:${this.port}?transport=tcp"]\nsecret = "${SECRET}"\n`;
  }

  /** What it has said. */
  log() {
    return readFileSync(join(this.folder, 'turn.log'), 'utf8');
  }

  async end() {
    await this.process.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
