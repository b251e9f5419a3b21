// Everything the deck needs is in the deck: formulas are drawn when it is built,
// and no emoji, which Marp would replace by pictures from a remote address.
export default {
  themeSet: "./theme.css",
  html: true,
  options: { emoji: { shortcode: false, unicode: false } },
};
