/**
 * Says where a server listens, and ends it when it is told to: with the process's own end, so that a profile is
 * written.
 */
export function serving(port: number): void {
  process.stdout.write(`listening on ${port}\n`);
  process.once('SIGTERM', () => process.exit(0));
}

/** The port of a server of node:net and its kin. */
export function portOf(server: { address(): unknown }): number {
  const address = server.address();
  if (typeof address === 'object' && address !== null && 'port' in address) {
    return address.port as number;
  }
  throw new TypeError('The server does not listen on a port');
}
