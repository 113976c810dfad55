// The shop's own script: a cart that counts. Orders go nowhere: it is a demonstration.
(function () {
  'use strict';
  var count = Number(sessionStorage.getItem('cart') || 0);
  var badges = document.querySelectorAll('[data-cart]');
  function draw() {
    badges.forEach(function (badge) {
      badge.textContent = String(count);
    });
  }
  document.querySelectorAll('[data-add]').forEach(function (button) {
    button.addEventListener('click', function () {
      count += 1;
      sessionStorage.setItem('cart', String(count));
      button.textContent = 'In your cart';
      draw();
    });
  });
  document.querySelectorAll('form').forEach(function (form) {
    form.addEventListener('submit', function (event) {
      event.preventDefault();
    });
  });
  draw();
})();
