using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace VMUNet.Reporting;

/// <summary>What pages answer beside themselves.</summary>
internal static class Answers
{
    /// <summary>404 with a sentence that says what is missing.</summary>
    public static IActionResult Missing(this PageModel page, string sentence)
    {
        page.HttpContext.Items[FailureWords.Key] = sentence;
        return page.NotFound();
    }

    /// <summary>What is wrong with a form; empty when nothing is.</summary>
    public static IReadOnlyList<string> Faults(this PageModel page) =>
        [.. page.ModelState.Values.SelectMany(v => v.Errors).Select(e => e.ErrorMessage)];

    /// <summary>The page with what stands against the form: 400 for the form's own faults, else 409.</summary>
    public static IActionResult Again(this PageModel page)
    {
        var answer = page.Page();
        answer.StatusCode = page.ModelState.IsValid ? StatusCodes.Status409Conflict : StatusCodes.Status400BadRequest;
        return answer;
    }
}
