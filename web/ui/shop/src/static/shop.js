// The shop's own script: a cart that counts, a form that is checked, and what the visitor has said to being watched. Orders go nowhere: it is a demonstration.
(function () {
  'use strict';
  var count = Number(recall(sessionStorageOf, 'cart') || 0);
  var value = Number(recall(sessionStorageOf, 'cart-value') || 0);
  var badges = document.querySelectorAll('[data-cart]');
  var shown = document.querySelector('[data-cart-value]');

  function draw() {
    badges.forEach(function (badge) {
      badge.textContent = String(count);
    });
  }

  /** Tells the switch, if its widget watches here: it may come later than we do, or not at all. */
  function widget(tell) {
    customElements.whenDefined('warmline-call').then(function () {
      var element = document.querySelector('warmline-call');
      if (element && element.activity) tell(element);
    });
  }

  function cart(sum, items) {
    widget(function (element) {
      element.activity('cart', { value: sum, items: items });
    });
  }

  document.querySelectorAll('[data-add]').forEach(function (button) {
    button.addEventListener('click', function () {
      count += 1;
      value += Number(button.dataset.price || 0);
      remember(sessionStorageOf, 'cart', count);
      remember(sessionStorageOf, 'cart-value', value);
      button.textContent = 'In your cart';
      draw();
      cart(value, count);
    });
  });

  document.querySelectorAll('form').forEach(function (form) {
    form.addEventListener('submit', function (event) {
      event.preventDefault();
      if (!form.dataset.order) return;
      form.querySelector('.thanks').hidden = false;
      widget(function (element) {
        element.activity('purchase', { value: Number(form.dataset.order) });
      });
    });
  });

  // What he has said is the shop's to keep; each page tells it to the widget.
  var bar = document.querySelector('.consent');
  var said = recall(localStorageOf, 'consent');

  function say(choice) {
    widget(function (element) {
      element.consent(choice);
    });
  }

  document.querySelectorAll('[data-consent-say]').forEach(function (button) {
    button.addEventListener('click', function () {
      remember(localStorageOf, 'consent', button.dataset.consentSay);
      bar.hidden = true;
      say(button.dataset.consentSay);
    });
  });
  document.querySelectorAll('[data-consent-open]').forEach(function (button) {
    button.addEventListener('click', function () {
      bar.hidden = false;
      bar.querySelector('button').focus();
    });
  });
  if (said === 'granted' || said === 'refused') say(said);
  else bar.hidden = false;
  if (shown) cart(Number(shown.dataset.cartValue), Number(shown.dataset.cartItems));
  else if (count > 0) cart(value, count);
  draw();

  // A browser may keep nothing: then it is asked on each page.
  function sessionStorageOf() {
    return sessionStorage;
  }
  function localStorageOf() {
    return localStorage;
  }
  function recall(store, name) {
    try {
      return store().getItem(name);
    } catch (error) {
      return null;
    }
  }
  function remember(store, name, what) {
    try {
      store().setItem(name, String(what));
    } catch (error) {
      // Good for this page only.
    }
  }
})();
