export default {
  // A folder with a server of its own and nothing to install: .next/standalone.
  output: "standalone",
};
