// The program itself, on free ports, with two registrable domains that browsers resolve to loopback.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort, portRange } from './ports.mjs';
import { Process } from './process.mjs';

export const PROGRAM = resolve(import.meta.dirname, '../../../target/debug/warmline');
/** Of every agent and account. */
export const PASSWORD = 'correct horse';

let hash;

function passwordHash() {
  hash ??= spawnSync(PROGRAM, ['hash-password'], { input: `${PASSWORD}\n`, encoding: 'utf8' }).stdout.trim();
  if (!hash) throw new Error(`${PROGRAM} makes no password hash: is it built?`);
  return hash;
}

/** Call me's limits where they are not what is tested: everybody asks from one address. */
const WIDE = 'number_per_hour = 1000, number_per_day = 1000, prefix_per_hour = 1000000, visitor_per_hour = 1000000, address_per_hour = 1000000, cents_per_hour = 1000000';

function configuration(ports, [first, last], { carrier, wrapup, alice, station, backup, supervisor, outbound, login, oidc, countries, callme, limits, challenge, site, queue, numbers, pool, ping, firm, jane, rights, speaks, media, room, web }) {
  return `
[node]
data = "data"
certs = "certs"
advertise = "127.0.0.1"
[sip]
listen = ["udp:127.0.0.1:${ports.sip}", "tcp:127.0.0.1:${ports.sip}"]
[web]
http = "127.0.0.1:0"
https = "127.0.0.1:${ports.https}"
pageview = "127.0.0.1:${ports.pageview}"
admin = "127.0.0.1:0"
shop = "127.0.0.1:${ports.shop}"
public_url = "https://switch.test:${ports.https}"
reservations_per_minute = 1000
${web}
[media]
rtp_ports = "${first}-${last}"
webrtc_port = ${ports.webrtc}
${media}
[[trunks]]
name = "carrier"
peers = ["127.0.0.1:${carrier}"]
ping_secs = ${ping}
[[firms]]
name = "acme"
callme = { countries = ${JSON.stringify(countries)}, consent_version = "2026-11", ring_secs = 10, limits = { ${limits} }, challenge_score = ${challenge}, ${callme} }
limits = { per_visitor = 1, per_address = 1000, reservations = ${room} }
wrapup_codes = ["Sale", "Question", "Complaint"]
${firm}
[[firms.sites]]
name = "shop"
origins = ["https://shop.test:${ports.shop}"]
pool = "web"
${site}
[[firms.pools]]
name = "web"
numbers = ["${numbers}"]
trunk = "carrier"
cooling_secs = 1
early_secs = 0
${pool}
[[firms.queues]]
name = "sales"
skills = ["sales"]
ring_secs = 15
wrapup_secs = ${wrapup}
${queue}
[[firms.agents]]
name = "alice"
display_name = ${JSON.stringify(alice)}
password_hash = "${passwordHash()}"
skills = { sales = 3${speaks.alice ? `, ${speaks.alice} = 3` : ''} }
station = "${station}"
supervisor = ${supervisor}
rights = ${JSON.stringify(rights)}
outbound = ${outbound}
${backup ? `backup = "${backup}"` : ''}
${login ? `login = "${login}"` : ''}
[[firms.agents]]
name = "bob"
password_hash = "${passwordHash()}"
skills = { sales = 3${speaks.bob ? `, ${speaks.bob} = 3` : ''} }
station = "browser"
[[firms.contacts]]
name = "Jane Dove"
numbers = ${JSON.stringify(jane)}
notes = "Bought Printer 42 in November. Prefers a call in the afternoon."
priority = 7
${oidc}
[[accounts]]
user = "alice-phone"
password = "${PASSWORD}"
`;
}

export class Switch {
  /** `carrier` is the trunk's SIP port on loopback; `alice` is what she is called, `station` her phone, `supervisor` whether she sees the floor; `outbound`: she may call customers; `oidc` is the firm's provider, `login` what that calls her; `countries` may be called; `callme`, `site` and `queue` are more of these; `limits` are call me's, and from the score `challenge` on it asks for a proof; `numbers` the pool's, `pool` more of it; `ping`: so often the trunk is asked whether it is there, in seconds; `firm` is more of the firm, `jane` Jane Dove's numbers; `rights` are Alice's; `speaks`: the language that `alice` and `bob` have as a skill; `media` and `web` are more of these; `room`: as many requests are there without a number of their own. */
  static async start(folder, { carrier, wrapup = 2, alice = 'Alice', station = 'account:alice-phone', backup, supervisor = false, outbound = false, login, oidc = '', countries = ['DE'], callme = 'max_attempts = 1', limits = WIDE, challenge = 0, site = '', queue = '', numbers = '+493012345000..+493012345009', pool = '', ping = 0, firm = '', jane = ['+4915112345678'], rights = [], speaks = {}, media = '', room = 10_000, web = '' }) {
    const ports = { sip: await freePort(), https: await freePort(), pageview: await freePort(), shop: await freePort(), webrtc: await freePort() };
    const file = join(folder, 'warmline.toml');
    writeFileSync(file, configuration(ports, await portRange(40), { carrier, wrapup, alice, station, backup, supervisor, outbound, login, oidc, countries, callme, limits, challenge, site, queue, numbers, pool, ping, firm, jane, rights, speaks, media, room, web }));
    return new Switch(...(await Switch.#run(folder)), ports, folder);
  }

  static async #run(folder) {
    const process = new Process(PROGRAM, ['run', '--config', join(folder, 'warmline.toml')], { log: join(folder, 'warmline.log'), cwd: folder, firstLine: true });
    try {
      return [process, JSON.parse(await process.firstLine()).ready];
    } catch (error) {
      await process.end();
      throw error;
    }
  }

  /** Started again on the same ports. */
  async restart() {
    const [process, ready] = await Switch.#run(this.folder);
    this.process = process;
    this.admin = `http://${ready.admin}`;
  }

  constructor(process, ready, ports, folder) {
    this.process = process;
    this.folder = folder;
    this.sip = ports.sip;
    this.origin = `https://switch.test:${ports.https}`;
    this.shop = `https://shop.test:${ports.shop}`;
    this.webrtc = ports.webrtc;
    this.pageview = `https://switch.test:${ports.pageview}`;
    this.admin = `http://${ready.admin}`;
    this.http = ready.http;
  }

  /** The sum of a metric's rows. */
  async metric(name) {
    const text = await (await fetch(`${this.admin}/metrics`)).text();
    const rows = text.split('\n').filter((line) => line.startsWith(name));
    return rows.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  end() {
    return this.process.end();
  }
}
