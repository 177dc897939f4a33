/** Writes numbered lines with a logger, then ends in one of several ways: `node write-lines.ts COUNT ENDING [PADDING]`. */
import { createLogger } from '../create-logger.ts';

const [, , count = '0', ending = 'return', padding = '0'] = process.argv;
const more = padding === '0' ? {} : { more: 'x'.repeat(Number(padding)) };
const logger = createLogger();
for (let number = 0; number < Number(count); number++) {
  logger.info({ number, ...more }, 'line');
  if (number % 100 === 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
switch (ending) {
  case 'exit':
    process.exit(0);
    break;
  case 'throw':
    throw new Error('crashed');
  case 'reject':
    void Promise.reject(new Error('crashed'));
    break;
  case 'signal':
    process.once('SIGTERM', () => process.exit(0));
    setInterval(() => undefined, 1000);
    process.kill(process.pid, 'SIGTERM');
    break;
  case 'tell':
    process.stderr.write('written');
    break;
  default:
    break;
}
