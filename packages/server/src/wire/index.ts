export { createDecoder, type Decoder } from './decoder.ts';
export { createEncoder, type Encoder } from './encoder.ts';
