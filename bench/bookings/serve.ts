/** The platform with a sale, on a free port of 127.0.0.1; says `listening on PORT`, and ends on SIGTERM. */
import { openSale } from './sale.ts';

const { platform, close } = await openSale();
const { port } = await platform.server.listen({ port: 0 });
process.once('SIGTERM', () => {
  close().then(() => process.exit(0));
});
console.log(`listening on ${port}`);
