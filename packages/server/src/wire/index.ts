export { createEncoder, type Encoder } from './encoder.ts';
