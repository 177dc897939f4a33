/**
 * Fuzzes the engine:
 *
 *   scripts/with-node.sh node --conditions=@traffic-tacos/source packages/http2/src/fuzz/run.ts [INPUTS [SEED]]
 */
import { fuzz } from './fuzz.ts';

const inputs = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
const MIB = 1024 * 1024;
const start = performance.now();
let said = start;

process.on('uncaughtException', (error) => {
  console.error(error);
  process.exit(1);
});

const report = await fuzz({
  seed,
  inputs,
  onProgress: (count) => {
    if (performance.now() - said > 10_000) {
      said = performance.now();
      const rss = Math.round(process.memoryUsage.rss() / MIB);
      console.error(`${count} inputs after ${Math.round((said - start) / 1000)} s, ${rss} MiB resident`);
    }
  },
});
console.log({
  ...report,
  seconds: Math.round((performance.now() - start) / 1000),
  liveMiBEarly: (report.bytesEarly / MIB).toFixed(2),
  liveMiBAtEnd: (report.bytesAtEnd / MIB).toFixed(2),
});
