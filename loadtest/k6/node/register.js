// node --import ./node/register.js: k6's modules are the stand-ins in this folder.
import { register } from "node:module";

register("./resolve.js", import.meta.url);
