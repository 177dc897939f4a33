export { demoEvents } from './demo-events.ts';
export { resetDemo } from './reset-demo.ts';
export { seedDemo } from './seed-demo.ts';
