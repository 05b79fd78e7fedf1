export default {
  // One copy of the package for the whole server, loaded from node_modules.
  serverExternalPackages: ["taskmon"],
};
