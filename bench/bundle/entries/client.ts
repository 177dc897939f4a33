export { createTacosClient } from '@traffic-tacos/client/web';
