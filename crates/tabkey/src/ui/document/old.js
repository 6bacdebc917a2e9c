// A browser that knows no modules runs this alone.
(function () {
  document.addEventListener('DOMContentLoaded', function () {
    var words = document.getElementById('unready');
    words.hidden = false;
    words.getElementsByTagName('button')[0].onclick = function () {
      location.reload();
    };
  });
})();
