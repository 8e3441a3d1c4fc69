"use strict"; // The frame is as tall as the letter in it; without this file it scrolls.
const frame = document.querySelector("iframe.letter");
const fit = () => {
  frame.style.blockSize = `${frame.contentDocument.body.offsetHeight + 2}px`;
};
frame.onload = fit;
onresize = fit;
if (frame.contentDocument.readyState === "complete") fit();
