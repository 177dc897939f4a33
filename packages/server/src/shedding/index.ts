export { createLoadShedder, type LoadShedder, type LoadSheddingOptions } from './load-shedder.ts';
