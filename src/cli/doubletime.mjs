#!/usr/bin/env node
// The entry that plain Node can start: it lets tsx read the TypeScript of the project.
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
