// Ports that are free on loopback, and ranges that no other test of this machine uses.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

// 10080 is one of the ports that browsers refuse to open.
const taken = new Set([10_080]);

const tcpFree = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

const udpFree = (port) =>
  new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, '0.0.0.0', () => socket.close(() => resolve(true)));
  });

/** Below the ephemeral ports, so that no outgoing connection takes it meanwhile; the next one is free too. */
export async function freePort() {
  for (;;) {
    const port = 2 * Math.floor(5_000 + Math.random() * 2_500);
    if (taken.has(port)) continue;
    taken.add(port);
    if ((await tcpFree(port)) && (await udpFree(port)) && (await tcpFree(port + 1)) && (await udpFree(port + 1))) return port;
  }
}

/** A range of UDP ports, first and last; apart from the ports above and from those of a Warmline with its default range. */
export async function portRange(length) {
  for (;;) {
    const first = 2 * Math.floor(7_500 + Math.random() * (2_500 - length / 2));
    const ports = Array.from({ length }, (_, at) => first + at);
    if ((await Promise.all(ports.map(udpFree))).every(Boolean)) return [first, first + length - 1];
  }
}
