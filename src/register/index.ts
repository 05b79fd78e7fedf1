import { register } from "./register.ts";

// The one entry whose import acts: `node --import taskmon/register app.js`.
register();
