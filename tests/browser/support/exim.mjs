// Exim as a firm's mail server: it takes letters over TLS from whoever has the password, and puts them into a folder.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.mjs';
import { Process } from './process.mjs';
import { until } from './until.mjs';

/** Debian's user of it: without `root`'s rights it reads a file that is not the system's. */
const USER = 'Debian-exim';

const configuration = (folder, port) => `keep_environment =
primary_hostname = localhost
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%s
pid_file_path = ${folder}/spool/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
tls_advertise_hosts = *
tls_certificate = ${folder}/cert.pem
tls_privatekey = ${folder}/key.pem
host_lookup =
rfc1413_query_timeout = 0s
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  accept encrypted = *
begin routers
all:
  driver = accept
  transport = keep
begin transports
keep:
  driver = appendfile
  directory = ${folder}/mail
  maildir_format
  user = ${USER}
  group = ${USER}
`;

/** Quoted-printable parts as they were written. */
function readable(letter) {
  const bytes = letter.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

export class Exim {
  /** In a folder of its own. */
  static async start() {
    const [folder, port] = [mkdtempSync(join(tmpdir(), 'warmline-exim-')), await freePort()];
    for (const name of ['spool', 'log', 'mail']) mkdirSync(join(folder, name));
    const pem = (name) => join(folder, `${name}.pem`);
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-addext', 'basicConstraints=critical,CA:FALSE', '-keyout', pem('key'), '-out', pem('cert')], { stdio: 'ignore' });
    writeFileSync(join(folder, 'exim.conf'), configuration(folder, port));
    execFileSync('chown', ['-R', `${USER}:${USER}`, folder]);
    execFileSync('chown', ['root:root', join(folder, 'exim.conf')]);
    const exim = new Exim(folder, port);
    await until('Exim listens', () => new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() && true));
      socket.on('error', () => resolve(false));
    }));
    return exim;
  }

  constructor(folder, port) {
    Object.assign(this, { folder, port });
    this.process = new Process('exim4', ['-C', join(folder, 'exim.conf'), '-bdf'], { log: join(folder, 'exim.log') });
  }

  /** What a firm's `[firms.mail]` says of it. */
  get settings() {
    return `[firms.mail]\nserver = "localhost:${this.port}"\nfrom = "Acme <calls@acme.test>"\nca = "${this.folder}/cert.pem"\n`;
  }

  /** The letters that it has, as text; waits for so many. */
  async letters(count) {
    const arrived = join(this.folder, 'mail', 'new');
    const names = await until(`${count} letters in ${arrived}`, () => {
      try {
        const names = readdirSync(arrived).sort();
        return names.length >= count && names;
      } catch {
        return false;
      }
    });
    return names.map((name) => readable(readFileSync(join(arrived, name), 'latin1')));
  }

  /** The first thing like this in a letter. */
  async find(pattern) {
    return until(`${pattern} in a letter`, async () => (await this.letters(1)).map((letter) => letter.match(pattern)).find(Boolean)?.[0]);
  }

  async end() {
    await this.process.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
